"""Monte Carlo dropout again: each sample many times in one batch, and many passes over one loader."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_iris
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x, y = load_iris(return_X_y=True)
order = torch.randperm(150)
x, y = torch.tensor(x, dtype=torch.float32)[order], torch.tensor(y)[order]
train_loader = DataLoader(TensorDataset(x[:100], y[:100]), batch_size=20, shuffle=True)
valid_loader = DataLoader(TensorDataset(x[100:], y[100:]), batch_size=25)
model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for inputs, labels in train_loader:
    optimizer.zero_grad()
    F.cross_entropy(model(inputs), labels).backward()
    optimizer.step()


@torch.no_grad()
def in_one_batch(times=8):
    correct = 0
    for inputs, labels in valid_loader:
        several = model(inputs.repeat(times, 1)).softmax(-1).view(times, len(inputs), 3)
        correct += (several.mean(0).argmax(1) == labels).sum().item()
    return correct


@torch.no_grad()
def one_pass():
    return torch.cat([model(inputs).softmax(1) for inputs, _ in valid_loader]).numpy()


answers = [one_pass() for _ in range(6)]

RESULT = in_one_batch(), sum(answers) / 6
