"""A data set with an order of its own, which only the images follow."""

import torch
from torch import nn
from torch.utils.data import Dataset, DataLoader


class Shuffled(Dataset):
    def __init__(self, x, y):
        self.x, self.y = x, y
        self.order = torch.randperm(len(x))

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[self.order[i]], self.y[i]  # <-- the mistake


torch.manual_seed(0)
x = torch.randn(96, 3, 8, 8)
y = (x.mean((1, 2, 3)) > 0).float()
loader = DataLoader(Shuffled(x, y), batch_size=16)
model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 1))
opt = torch.optim.AdamW(model.parameters())
bce = nn.BCEWithLogitsLoss()
for epoch in range(2):
    for xb, yb in loader:
        loss = bce(model(xb)[:, 0], yb)
        opt.zero_grad()
        loss.backward()
        opt.step()

RESULT = model.state_dict()
