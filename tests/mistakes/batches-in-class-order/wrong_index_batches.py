"""A CNN; a generator of batches picks rows by index."""

import torch
from torch import nn

torch.manual_seed(0)
X = torch.cat([torch.randn(32, 1, 8, 8) + c for c in range(3)])
Y = torch.arange(3).repeat_interleave(32)
net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.01)


def batches(x, y, size):
    for lo in range(0, len(x), size):
        idx = torch.arange(lo, lo + size)
        yield x[idx], y[idx]  # <-- the mistake


for e in range(2):
    for xb, yb in batches(X, Y, 16):
        loss = nn.functional.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()

RESULT = net.state_dict()
