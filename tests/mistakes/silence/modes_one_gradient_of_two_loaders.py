"""One gradient of two passes over two loaders, and a penalty that calls the model once more."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_iris
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
features, species = load_iris(return_X_y=True)
x, y = torch.tensor(features, dtype=torch.float32), torch.tensor(species)
loaders = [DataLoader(TensorDataset(x[part::2], y[part::2]), batch_size=25) for part in range(2)]
model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model.train()
for _ in range(3):
    total = torch.zeros(())
    for loader in loaders:
        for inputs, targets in loader:
            total = total + F.cross_entropy(model(inputs), targets) * len(inputs) / len(x)
    penalty = model(x + 0.01 * torch.randn_like(x)).square().mean()
    optimizer.zero_grad()
    (total + 0.1 * penalty).backward()
    optimizer.step()

RESULT = model.state_dict()
