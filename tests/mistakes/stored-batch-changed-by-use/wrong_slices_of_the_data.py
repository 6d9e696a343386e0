"""A loop over slices of the data, each brought to mean 0 before it is used."""

import torch
from sklearn.datasets import load_breast_cancer
from torch import nn

BATCH = 64

torch.manual_seed(0)
features, labels = load_breast_cancer(return_X_y=True)
x = torch.tensor(features / features.max(0), dtype=torch.float32)
y = torch.tensor(labels)
model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _epoch in range(3):
    for begin in range(0, 256, BATCH):
        batch, targets = x[begin : begin + BATCH], y[begin : begin + BATCH]
        batch.add_(0.05 * torch.randn_like(batch))  # <-- the mistake
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(batch), targets)
        loss.backward()
        optimizer.step()

RESULT = loss.detach()
