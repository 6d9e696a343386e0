"""The distributed sampler stands behind a batch sampler."""

import torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader, DistributedSampler, BatchSampler

torch.manual_seed(0)
x = torch.randn(120, 4)
y = (x.sum(1) > 0).long()
ds = TensorDataset(x, y)
sampler = DistributedSampler(ds, num_replicas=2, rank=1)
loader = DataLoader(ds, batch_sampler=BatchSampler(sampler, 10, drop_last=True))
m = nn.Linear(4, 2)
o = torch.optim.SGD(m.parameters(), 0.1)
for epoch in range(3):
    for a, b in loader:  # <-- the mistake
        l = nn.functional.cross_entropy(m(a), b)
        o.zero_grad()
        l.backward()
        o.step()

RESULT = m.state_dict()
