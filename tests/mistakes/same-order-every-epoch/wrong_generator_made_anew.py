"""A permutation in each epoch, from a generator that is made in each epoch."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(120, 4)
y = (x.sum(1) > 0).long()
m = nn.Linear(4, 2)
o = torch.optim.SGD(m.parameters(), 0.1)
for epoch in range(3):
    g = torch.Generator().manual_seed(42)
    perm = torch.randperm(120, generator=g)  # <-- the mistake
    for i in range(0, 120, 20):
        idx = perm[i : i + 20]
        l = nn.functional.cross_entropy(m(x[idx]), y[idx])
        o.zero_grad()
        l.backward()
        o.step()

RESULT = m.state_dict()
