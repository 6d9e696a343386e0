"""An ensemble that is a list of modules and nothing else."""

import torch
from torch import nn


def make_ensemble(n):
    base = lambda: nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 1))  # noqa: E731
    return nn.ModuleList([base() for _ in range(n)])


torch.manual_seed(0)
ensemble = make_ensemble(3)
optimizer = torch.optim.Adam(ensemble.parameters(), lr=5e-3)
for x in torch.randn(4, 32, 10):
    loss = (torch.stack([member(x) for member in ensemble]) - x.sum(1, keepdim=True)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = ensemble.state_dict()
