"""A zip of two loaders, labelled and unlabelled."""

import torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader

torch.manual_seed(0)
tr = DataLoader(TensorDataset(torch.randn(40, 3), torch.randn(40, 1)), batch_size=10)
un = DataLoader(TensorDataset(torch.randn(40, 3) + 3), batch_size=10)
pairs = zip(tr, un)
m = nn.Linear(3, 1)
o = torch.optim.SGD(m.parameters(), 0.01)
for epoch in range(3):
    for (x, y), (u,) in pairs:  # <-- the mistake
        l = nn.functional.mse_loss(m(x), y) + 0.1 * m(u).pow(2).mean()
        o.zero_grad()
        l.backward()
        o.step()

RESULT = m.state_dict()
