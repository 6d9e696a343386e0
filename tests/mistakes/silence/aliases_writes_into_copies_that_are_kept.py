"""Copies by index that are written and used, and views that are written and gone."""

import torch
from torch import nn


def centred(batch, rows):
    return batch[rows].sub_(batch[rows].mean(0))


torch.manual_seed(0)
data, labels = torch.randn(40, 6), torch.randint(3, (40,))
model = nn.Linear(6, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
with torch.no_grad():
    model.weight[:, 0].zero_()
    model.weight[[0, 1]] += 0.1
    model.weight.to(torch.float32)[1].mul_(0.5)
    model.bias.data[labels[:2]] = 0.0
    picked = model.weight[[0, 2]]
    picked.clamp_(-1, 1)
    model.weight[[0, 2]] = picked
for step in range(4):
    rows = torch.randperm(40)[:16]
    batch = centred(data, rows)
    noisy = data[rows].add_(0.01 * torch.randn(16, 6))
    mean = data[rows].abs_().mean().item()
    loss = nn.functional.cross_entropy(model(torch.relu_(data[rows])) + model(batch) + model(noisy), labels[rows])
    optimizer.zero_grad()
    loss.backward()
    model.weight.grad[:, 0].zero_()
    model.weight.grad[labels[:1]] *= 0.5 + 0 * mean
    optimizer.step()

RESULT = model.state_dict()
