"""Digits in batches of 32, of which the last has one sample."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x = torch.tensor(images[:97] / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
loader = DataLoader(TensorDataset(x, torch.tensor(labels[:97])), batch_size=32, shuffle=True)
model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for inputs, targets in loader:
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(inputs), targets)  # <-- the mistake
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
