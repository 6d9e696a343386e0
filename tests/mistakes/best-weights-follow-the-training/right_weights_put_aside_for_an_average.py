"""Validate with averaged weights, then put the trained ones back."""

import copy

import torch
from torch import nn

torch.manual_seed(5)
x = torch.randn(64, 6)
y = x @ torch.randn(6, 1) + 0.1 * torch.randn(64, 1)
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 1))
average = {name: weight.clone() for name, weight in model.state_dict().items()}
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
losses = []


def validate():
    backup = copy.deepcopy(model.state_dict())
    model.load_state_dict(average)
    with torch.no_grad():
        losses.append(nn.functional.mse_loss(model(x[48:]), y[48:]).item())
    model.load_state_dict(backup)


for step in range(12):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x[:48]), y[:48]).backward()
    optimizer.step()
    for name, weight in model.state_dict().items():
        average[name].lerp_(weight, 0.1)
    if step % 4 == 3:
        validate()

RESULT = losses, model.state_dict()
