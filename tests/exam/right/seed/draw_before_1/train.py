import random
import numpy as np
import torch
from torch import nn


def set_seed(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


set_seed(1234)
model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
X = torch.randn(256, 10)
y = X[:, :1] - X[:, 1:2]
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(5):
    for b in torch.randperm(256).split(32):
        opt.zero_grad()
        loss = nn.functional.mse_loss(model(X[b]), y[b])
        loss.backward()
        opt.step()
print("done")
