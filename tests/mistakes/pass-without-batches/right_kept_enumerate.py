"""An enumerate that was made before the epochs."""

import torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader

torch.manual_seed(0)
x = torch.randn(64, 4)
y = x.sum(1, keepdim=True)
loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
m = nn.Linear(4, 1)
o = torch.optim.SGD(m.parameters(), 0.1)
for e in range(3):
    for i, (a, b) in enumerate(loader):
        l = nn.functional.mse_loss(m(a), b)
        o.zero_grad()
        l.backward()
        o.step()

RESULT = m.state_dict()
