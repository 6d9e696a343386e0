"""Train a classifier on wine, set its smallest weights to zero after the first epoch, and train on."""

import torch
from sklearn.datasets import load_wine
from torch import nn


def prune(layer, share):
    with torch.no_grad():
        threshold = layer.weight.abs().flatten().kthvalue(int(share * layer.weight.numel())).values
        small = layer.weight.abs() <= threshold
        layer.weight[small] = 0
    return small


torch.manual_seed(0)
x, y = load_wine(return_X_y=True)
x = torch.tensor((x - x.mean(0)) / x.std(0), dtype=torch.float32)
y = torch.tensor(y)
model = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 3))
prune(model[0], 0.5)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _epoch in range(3):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()

RESULT = model.state_dict()
