"""Accumulate the gradients of four batches for one step."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
digits = load_digits()
x = torch.tensor(digits.data[:256] / 16, dtype=torch.float32)
loader = DataLoader(TensorDataset(x, torch.tensor(digits.target[:256])), batch_size=16, shuffle=True)
model = nn.Sequential(nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
criterion = nn.CrossEntropyLoss()
accumulation_steps = 4

optimizer.zero_grad()
for i, (inputs, labels) in enumerate(loader):
    loss = criterion(model(inputs), labels)
    (loss / accumulation_steps).backward()
    if (i + 1) % accumulation_steps == 0:
        optimizer.step()
        optimizer.zero_grad()

RESULT = model.state_dict()
