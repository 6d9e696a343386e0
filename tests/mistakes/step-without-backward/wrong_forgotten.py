"""Classify iris with a small network."""

import torch
from sklearn.datasets import load_iris
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def train_one_epoch(model, loader, optimizer, criterion):
    model.train()
    total = 0.0
    for inputs, targets in loader:
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, targets)
        optimizer.step()  # <-- the mistake
        total += loss.item() * len(inputs)
    return total / len(loader.dataset)


torch.manual_seed(0)
features, labels = load_iris(return_X_y=True)
dataset = TensorDataset(torch.tensor(features, dtype=torch.float32), torch.tensor(labels))
model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
loader = DataLoader(dataset, batch_size=50, shuffle=True)
losses = [train_one_epoch(model, loader, optimizer, nn.CrossEntropyLoss()) for _ in range(3)]

RESULT = [losses, model.state_dict()]
