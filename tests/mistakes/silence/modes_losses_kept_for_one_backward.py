"""Losses of several batches are looked at, kept, and go into one backward; the first loss of all is looked at too."""

import math

import torch
import torch.nn.functional as F
from sklearn.datasets import load_iris
from torch import nn

torch.manual_seed(0)
x, y = load_iris(return_X_y=True)
order = torch.randperm(150)
x, y = torch.tensor(x, dtype=torch.float32)[order], torch.tensor(y)[order]
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 3))
first = F.cross_entropy(model(x), y).item(), math.log(3)
optimizer, shown = torch.optim.SGD(model.parameters(), lr=0.1), []
for start in range(0, 120, 40):
    parts = [slice(start + begin, start + begin + 10) for begin in range(0, 40, 10)]
    losses = [F.cross_entropy(model(x[part]), y[part]) for part in parts]
    shown += [loss.item() for loss in losses]
    optimizer.zero_grad()
    torch.stack(losses).mean().backward()
    optimizer.step()

RESULT = first, shown
