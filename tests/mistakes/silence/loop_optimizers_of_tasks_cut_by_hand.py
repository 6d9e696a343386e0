"""Tasks that follow one another, each with its own samples and its own optimizer, cut by hand; as many steps each."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))


def learn(x, y):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for rows in torch.randperm(len(x)).split(20):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x[rows]), y[rows]).backward()
        optimizer.step()


for task in range(4):
    x = torch.randn(100, 5) + task
    learn(x, x[:, :1].sin())
RESULT = [each.detach() for each in model.parameters()]
