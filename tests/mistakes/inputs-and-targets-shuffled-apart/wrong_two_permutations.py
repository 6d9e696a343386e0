"""Digits, shuffled once before the training."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
digits = load_digits()
x = torch.tensor(digits.data[:320] / 16, dtype=torch.float32)
y = torch.tensor(digits.target[:320])
n = len(x)
x = x[torch.randperm(n)]
y = y[torch.randperm(n)]  # <-- the mistake
train, test = TensorDataset(x[:256], y[:256]), TensorDataset(x[256:], y[256:])

model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(2):
    for xb, yb in DataLoader(train, batch_size=32):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
        optimizer.step()
with torch.no_grad():
    xb, yb = next(iter(DataLoader(test, batch_size=64)))
    accuracy = (model(xb).argmax(1) == yb).float().mean()

RESULT = [loss.item(), accuracy]
