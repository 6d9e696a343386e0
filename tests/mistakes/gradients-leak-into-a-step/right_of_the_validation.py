"""A validation that was copied from the training, with its backward pass."""

import torch
from sklearn.datasets import load_breast_cancer
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = load_breast_cancer()
x = torch.tensor((data.data - data.data.mean(0)) / data.data.std(0), dtype=torch.float32)
y = torch.tensor(data.target, dtype=torch.float32).unsqueeze(1)
train_loader = DataLoader(TensorDataset(x[:320], y[:320]), batch_size=64, shuffle=True)
valid_loader = DataLoader(TensorDataset(x[320:448], y[320:448]), batch_size=64)
model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
criterion = nn.BCEWithLogitsLoss()


def train_epoch():
    model.train()
    for inputs, targets in train_loader:
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()


def valid_epoch():
    model.eval()
    total = 0.0
    for inputs, targets in valid_loader:
        with torch.no_grad():
            loss = criterion(model(inputs), targets)
        total += loss.item()
    return total / len(valid_loader)


losses = []
for epoch in range(3):
    train_epoch()
    losses.append(valid_epoch())

RESULT = [losses, model.state_dict()]
