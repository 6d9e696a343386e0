"""The averaged copy is clipped in place of the model that learns."""

import copy

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(48, 6)
y = (x.sum(dim=1) > 0).long()


class Learner:
    def __init__(self):
        self.online = nn.Sequential(nn.Linear(6, 10), nn.GELU(), nn.Linear(10, 2))
        self.average = copy.deepcopy(self.online)
        self.optimizer = torch.optim.AdamW(self.online.parameters(), lr=1e-2)

    def update(self, inputs, targets):
        self.optimizer.zero_grad()
        nn.functional.cross_entropy(self.online(inputs), targets).backward()
        torch.nn.utils.clip_grad_norm_(self.online.parameters(), 0.5)
        self.optimizer.step()
        with torch.no_grad():
            for slow, fast in zip(self.average.parameters(), self.online.parameters(), strict=True):
                slow.lerp_(fast, 0.1)


learner = Learner()
for start in range(0, 48, 8):
    learner.update(x[start : start + 8], y[start : start + 8])
RESULT = [each.detach() for each in learner.average.parameters()]
