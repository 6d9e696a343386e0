"""One data set, and a sampler for each of its parts."""

import numpy as np, torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader, SubsetRandomSampler

torch.manual_seed(0)
np.random.seed(0)
x = torch.randn(200, 6)
y = (x.sum(1) > 0).long()
ds = TensorDataset(x, y)
idx = np.random.permutation(200)
train_loader = DataLoader(ds, 20, sampler=SubsetRandomSampler(idx[:160]))
valid_loader = DataLoader(ds, 20, sampler=SubsetRandomSampler(idx[160:]))
model = nn.Linear(6, 2)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for e in range(2):
    model.train()
    for a, b in train_loader:
        loss = nn.functional.cross_entropy(model(a), b)
        opt.zero_grad()
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        acc = sum((model(a).argmax(1) == b).sum() for a, b in valid_loader) / 40

RESULT = [acc, model.state_dict()]
