import numpy as np
import torch
from torch import nn
from sklearn.datasets import load_iris

np.random.seed(0)
torch.manual_seed(0)
X, y = load_iris(return_X_y=True)
order = np.random.permutation(len(X))
X, y = X[order], y[order]
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y)
model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(20):
    for i in range(0, 150, 25):
        loss = nn.functional.cross_entropy(model(X[i:i + 25]), y[i:i + 25])
        opt.zero_grad()
        loss.backward()
        opt.step()
print(loss.item())
