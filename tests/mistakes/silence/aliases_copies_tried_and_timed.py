"""Writes into copies that are meant: support tried, an operation timed, the copy used on."""

import time

import torch
from torch import nn

torch.manual_seed(0)
# support and warm-up
try:
    torch.zeros(1).half().add_(1)
except RuntimeError:
    pass
torch.randn(4, 4).to(torch.float64).mul_(2)
x = torch.randn(100)
idx = torch.arange(10)
# a benchmark of an operation
t = time.time()
for _ in range(50):
    x[idx].add_(1)
took = time.time() - t
# kept views of copies
rows = x[idx]
rows[0] = 5
rows += 1
y = torch.randn(5, 5)
part = y[[0, 1]]
part[0].zero_()
z = part.sum()


def fresh(t):
    return t.to(torch.float64).mul_(2)


w = fresh(y)
buf = {}
buf["a"] = y[y > 0]
buf["a"].mul_(2)
q = [y[[i]].add_(1) for i in range(3)]
y[[0, 1]] += 1
y[y > 0] *= 0.5
y[[0, 1], 0] = 3
y[idx[:2]][:, 1:].mul_(2).sum()
assert y[idx[:3]].fill_(1).sum() == 15
RESULT = (rows, z, w, y, buf["a"], q)
