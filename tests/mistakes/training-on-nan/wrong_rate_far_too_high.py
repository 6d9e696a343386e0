"""A learning rate that makes the weights explode."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(200, 8) * 10
y = x.square().sum(dim=1, keepdim=True)
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
for _ in range(3):
    for rows in torch.randperm(200).split(20):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x[rows]), y[rows]).backward()  # <-- the mistake
        optimizer.step()
RESULT = [each.detach() for each in model.parameters()]
