"""An evaluation turns the recording of gradients off before the training begins."""

import torch
from torch import nn


def accuracy(model, x, y):
    torch.set_grad_enabled(False)  # <-- the mistake
    value = (model(x).argmax(1) == y).float().mean().item()
    return value


def train(model, x, y, steps):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(x), y)
        loss.requires_grad_(True)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


torch.manual_seed(0)
x = torch.randn(64, 8)
y = (x[:, 0] > 0).long()
model = nn.Linear(8, 2)
before = accuracy(model, x, y)
train(model, x, y, 5)

RESULT = [before, model.weight.detach().clone()]
