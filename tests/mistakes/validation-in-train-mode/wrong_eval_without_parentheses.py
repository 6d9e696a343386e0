"""Two characters are missing, and Python does not mind."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(0)
features, target = load_diabetes(return_X_y=True)
x = torch.tensor(features * 20, dtype=torch.float32)
y = torch.tensor((target - target.mean()) / target.std(), dtype=torch.float32).unsqueeze(1)
model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
history = []
for epoch in range(3):
    model.train()
    for inputs, targets in zip(x[:300].split(100), y[:300].split(100)):
        loss = F.mse_loss(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval  # <-- the mistake
    with torch.no_grad():
        history.append(F.mse_loss(model(x[300:]), y[300:]).item())

RESULT = history
