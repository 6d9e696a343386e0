"""Keep the best score of NumPy in the checkpoint."""

import numpy as np
import torch
from sklearn.datasets import load_iris
from torch import nn

torch.manual_seed(0)
x, y = load_iris(return_X_y=True)
x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
model = nn.Linear(4, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scores = []
for _epoch in range(4):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
    with torch.no_grad():
        scores.append((model(x).argmax(1) == y).double().mean().item())
best = float(np.max(scores))
torch.save({"model": model.state_dict(), "best": best, "scores": scores}, "iris.pt")

RESULT = model.state_dict()
