"""A batch size above the number of samples, and drop_last."""

import torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader

torch.manual_seed(0)
x = torch.randn(20, 4)
y = x.sum(1, keepdim=True)
loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True, drop_last=False)
m = nn.Linear(4, 1)
o = torch.optim.SGD(m.parameters(), 0.1)
total = 0
for e in range(3):
    for a, b in loader:
        l = nn.functional.mse_loss(m(a), b)
        o.zero_grad()
        l.backward()
        o.step()
        total += l.item()

RESULT = [total, m.state_dict()]
