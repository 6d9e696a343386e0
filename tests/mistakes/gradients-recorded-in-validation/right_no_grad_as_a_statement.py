"""`torch.no_grad()` stands there, and does nothing."""

import torch
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(0)
features, target = load_diabetes(return_X_y=True)
x = torch.tensor(features * 20, dtype=torch.float32)
y = torch.tensor((target - target.mean()) / target.std(), dtype=torch.float32).unsqueeze(1)
model = nn.Sequential(nn.Linear(10, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.Adam(model.parameters())


@torch.no_grad()
def evaluate():
    model.eval()
    return sum((model(a) - b).square().sum().item() for a, b in zip(x[300:].split(71), y[300:].split(71)))


errors = []
for epoch in range(3):
    model.train()
    for inputs, targets in zip(x[:300].split(100), y[:300].split(100)):
        optimizer.zero_grad()
        (model(inputs) - targets).square().mean().backward()
        optimizer.step()
    errors.append(evaluate())

RESULT = errors
