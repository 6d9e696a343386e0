"""Pretrained weights are loaded as far as their names are those of the model."""

import torch
from torch import nn


def make():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))


torch.manual_seed(0)
pretrained = {f"module.{name}": value for name, value in make().state_dict().items()}

model = make()
own = model.state_dict()
fitting = {name.removeprefix("module."): value for name, value in pretrained.items()}
own.update(fitting)
model.load_state_dict(own)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(torch.randn(8, 4)), torch.randint(3, (8,))).backward()
    optimizer.step()

RESULT = model.state_dict()
