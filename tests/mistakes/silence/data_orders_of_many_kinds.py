"""Orders of many kinds: curriculum, time series in order, balanced batches, grouped episodes, a seeded split in a function."""

import numpy as np, torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader, Sampler, WeightedRandomSampler

torch.manual_seed(0)
x = torch.randn(120, 4)
y = torch.arange(3).repeat_interleave(40)
x += y[:, None]
m = nn.Linear(4, 3)
o = torch.optim.SGD(m.parameters(), 0.05)


def step(a, b):
    l = nn.functional.cross_entropy(m(a), b)
    o.zero_grad()
    l.backward()
    o.step()


class Balanced(Sampler):
    def __len__(self):
        return 120

    def __iter__(self):
        g = torch.Generator().manual_seed(int(torch.randint(1 << 30, ())))
        for a, b, c in zip(*(torch.randperm(40, generator=g) for _ in range(3))):
            yield from (int(a), int(b) + 40, int(c) + 80)


for e in range(2):
    for a, b in DataLoader(TensorDataset(x, y), 12, sampler=Balanced()):
        step(a, b)
for e in range(2):
    for a, b in DataLoader(TensorDataset(x, y), 12, sampler=WeightedRandomSampler([1.0] * 120, 120)):
        step(a, b)
    with torch.no_grad():
        for a, b in DataLoader(TensorDataset(x, y), 40):
            m(a)


def split(seed=0):
    g = torch.Generator().manual_seed(seed)
    p = torch.randperm(120, generator=g)
    return p[:90], p[90:]


for e in range(3):
    tr, va = split()
    for i in tr[torch.randperm(90)].split(15):
        step(x[i], y[i])
    with torch.no_grad():
        m(x[va])
order = torch.randperm(120)
for e in range(2):
    for i in order.split(20):
        step(x[i], y[i])
t = torch.arange(200).float()
series = (t / 9).sin() + 0.1 * torch.randn(200)
w = series.unfold(0, 9, 1)
r = nn.Linear(8, 1)
orr = torch.optim.Adam(r.parameters())
for e in range(2):
    for a, b in DataLoader(TensorDataset(w[:150, :8], w[:150, 8:]), 25):
        l = nn.functional.mse_loss(r(a), b)
        orr.zero_grad()
        l.backward()
        orr.step()
    with torch.no_grad():
        r(w[158:, :8])

RESULT = m.state_dict()
