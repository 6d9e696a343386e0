"""A notebook-like loop over a loader."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
images, labels = (torch.tensor(array)[:200] for array in load_digits(return_X_y=True))
loader = DataLoader(TensorDataset(images.float().reshape(-1, 1, 8, 8) / 16, labels), batch_size=40, shuffle=True)
model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(4):
    for images, labels in loader:
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
RESULT = [each.detach() for each in model.parameters()]
