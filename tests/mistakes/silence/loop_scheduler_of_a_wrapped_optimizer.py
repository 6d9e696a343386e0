"""The scheduler is given a wrapper round the optimizer, as some libraries make one, and shares its groups."""

import torch
from torch import nn


def wrap(optimizer):
    class Wrapped(type(optimizer)):
        def __init__(self):
            self.__dict__.update(optimizer.__dict__)

        def step(self):
            return optimizer.step()

    return Wrapped()


torch.manual_seed(0)
x = torch.randn(60, 4)
model = nn.Linear(4, 1)
optimizer = wrap(torch.optim.SGD(model.parameters(), lr=0.1))
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
for _ in range(4):
    for rows in torch.randperm(60).split(15):
        optimizer.zero_grad()
        model(x[rows]).square().mean().backward()
        optimizer.step()
    scheduler.step()
RESULT = model.state_dict()
