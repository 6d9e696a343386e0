"""The whole data set requires gradients; the batches are pieces of it."""

import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
data = np.random.default_rng(0).normal(size=(60, 3)).astype("float32")
x = torch.tensor(data)
y = torch.tensor(data.sum(1, keepdims=True))
model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
losses = []
for epoch in range(3):
    for start in range(0, 60, 20):
        loss = nn.functional.mse_loss(model(x[start : start + 20]), y[start : start + 20])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

RESULT = losses
