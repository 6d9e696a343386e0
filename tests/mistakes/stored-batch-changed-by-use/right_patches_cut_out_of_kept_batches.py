"""A patch is cut out of each picture; the batches were collected in a list before the first epoch."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def cut_out(pictures, size=3):
    row, column = torch.randint(0, 6 - size + 1, (2,)).tolist()
    pictures[:, :, row : row + size, column : column + size] = 0
    return pictures


torch.manual_seed(0)
data = TensorDataset(torch.rand(48, 1, 6, 6) + 0.1, torch.randint(0, 2, (48,)))
batches = list(DataLoader(data, batch_size=16))
model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for _epoch in range(4):
    for pictures, labels in batches:
        loss = nn.functional.cross_entropy(model(cut_out(pictures.clone())), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

RESULT = loss.detach()
