"""A residual network that skips blocks at random, by a module of its own."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_diabetes
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class DropPath(nn.Module):
    def __init__(self, rate=0.2):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training or self.rate == 0.0:
            return x
        keep = 1 - self.rate
        mask = x.new_empty((x.shape[0],) + (1,) * (x.ndim - 1)).bernoulli_(keep)
        return x * mask / keep


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm, self.linear, self.drop_path = nn.LayerNorm(width), nn.Linear(width, width), DropPath()

    def forward(self, x):
        return x + self.drop_path(torch.relu(self.linear(self.norm(x))))


torch.manual_seed(0)
features, target = load_diabetes(return_X_y=True)
x = torch.tensor(features * 20, dtype=torch.float32)
y = torch.tensor((target - target.mean()) / target.std(), dtype=torch.float32).unsqueeze(1)
train_loader = DataLoader(TensorDataset(x[:160], y[:160]), batch_size=32, shuffle=True)
valid_loader = DataLoader(TensorDataset(x[160:240], y[160:240]), batch_size=40)
net = nn.Sequential(Block(10), Block(10), nn.Linear(10, 1))
optimizer = torch.optim.Adam(net.parameters())
errors = []
for epoch in range(2):
    net.train()
    for inputs, targets in train_loader:
        loss = F.mse_loss(net(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        errors.append(sum(F.mse_loss(net(a), b, reduction="sum").item() for a, b in valid_loader))  # <-- the mistake

RESULT = errors
