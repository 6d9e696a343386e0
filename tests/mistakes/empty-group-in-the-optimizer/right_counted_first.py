"""A weight of the loss is learned beside the model, in a group of its own."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(64, 8)
y = (x[:, 0] * x[:, 1] > 0).long()

model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))
offset = nn.Parameter(torch.zeros(2))
weights = list(model.parameters())
count = sum(weight.numel() for weight in weights)
optimizer = torch.optim.SGD([{"params": weights}, {"params": [offset], "lr": 0.01}], lr=0.1)
for batch in torch.randperm(64).split(16):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x[batch]) + offset, y[batch])
    loss.backward()
    optimizer.step()

RESULT = count, offset
