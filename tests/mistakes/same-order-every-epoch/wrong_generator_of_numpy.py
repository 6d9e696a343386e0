"""The function that trains one epoch makes its generator from a seed with a default."""

import numpy as np, torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(120, 4)
y = (x.sum(1) > 0).long()
m = nn.Linear(4, 2)
o = torch.optim.SGD(m.parameters(), 0.1)


def train_epoch(seed=0):
    rng = np.random.default_rng(seed)
    order = rng.permutation(120)  # <-- the mistake
    for i in range(0, 120, 20):
        idx = order[i : i + 20]
        l = nn.functional.cross_entropy(m(x[idx]), y[idx])
        o.zero_grad()
        l.backward()
        o.step()


for e in range(3):
    train_epoch()

RESULT = m.state_dict()
