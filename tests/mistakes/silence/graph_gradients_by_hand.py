"""Gradients that are written by hand: an evolution strategy, and a descent by torch.autograd.grad."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(4, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
x = torch.randn(64, 4)
y = x @ torch.tensor([[1.0], [-2.0], [0.5], [0.0]])
for step in range(4):
    base = nn.functional.mse_loss(model(x), y).item()
    for p in model.parameters():
        noise = torch.randn_like(p) * 0.1
        with torch.no_grad():
            p.add_(noise)
        change = nn.functional.mse_loss(model(x), y).item() - base
        with torch.no_grad():
            p.sub_(noise)
        p.grad = noise * torch.tensor(change)
    optimizer.step()

other = nn.Linear(4, 1)
optimizer = torch.optim.SGD(other.parameters(), lr=0.05)
for step in range(4):
    loss = nn.functional.mse_loss(other(x), y)
    grads = torch.autograd.grad(loss, list(other.parameters()))
    for p, g in zip(other.parameters(), grads):
        p.grad = g
    optimizer.step()

RESULT = [model.weight.detach(), other.weight.detach()]
