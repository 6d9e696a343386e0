"""A permutation for each of the two parts, and batches by a generator."""

import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(200, 6)
y = (X.sum(1) > 0).long()
order = torch.randperm(200)
train_idx, val_idx = order[:150], order[150:]


def batches(idx, bs=25):
    for i in range(0, len(idx), bs):
        yield X[idx[i : i + bs]], y[idx[i : i + bs]]


model = nn.Linear(6, 2)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(2):
    for a, b in batches(train_idx):
        loss = nn.functional.cross_entropy(model(a), b)
        opt.zero_grad()
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        acc = sum((model(a).argmax(1) == b).sum() for a, b in batches(val_idx)) / 50
    model.train()

RESULT = [acc, model.state_dict()]
