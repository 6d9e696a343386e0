"""A step as a function, and a list of what it returns."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(5, 1)
optimizer = torch.optim.Adam(model.parameters())


def step(x):
    loss = nn.functional.mse_loss(model(x), x[:, :1])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


losses = [step(batch) for batch in torch.randn(12, 6, 5)]

RESULT = [loss.item() for loss in losses]
