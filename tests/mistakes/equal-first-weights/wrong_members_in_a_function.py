"""An ensemble that is a list of modules and nothing else."""

import copy

import torch
from torch import nn


def make_ensemble(n):
    base = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 1))
    return nn.ModuleList([copy.deepcopy(base) for _ in range(n)])  # <-- the mistake


torch.manual_seed(0)
ensemble = make_ensemble(3)
optimizer = torch.optim.Adam(ensemble.parameters(), lr=5e-3)
for x in torch.randn(4, 32, 10):
    loss = (torch.stack([member(x) for member in ensemble]) - x.sum(1, keepdim=True)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = ensemble.state_dict()
