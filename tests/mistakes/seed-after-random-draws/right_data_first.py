"""Synthetic data are made at the top of the notebook, and the seed comes with the model."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def make_data(count=64):
    x = torch.randn(count, 4)
    return x, (x.sum(1) > 0).float()


torch.manual_seed(0)
x, y = make_data()
loader = DataLoader(TensorDataset(x[:48], y[:48]), batch_size=12, shuffle=True)

model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1), nn.Flatten(0))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.BCEWithLogitsLoss()
for inputs, labels in loader:
    optimizer.zero_grad()
    criterion(model(inputs), labels).backward()
    optimizer.step()

RESULT = {name: tuple(value.shape) for name, value in model.state_dict().items()}
