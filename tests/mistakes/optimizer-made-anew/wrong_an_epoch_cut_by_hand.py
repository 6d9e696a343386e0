"""A function for one epoch makes its optimizer; the batches are cut by hand."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(120, 5)
y = (x[:, 0] * x[:, 1]).unsqueeze(1)
model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))


def train_one_epoch():
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)  # <-- the mistake
    for rows in torch.randperm(len(x)).split(20):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x[rows]), y[rows]).backward()
        optimizer.step()


for _ in range(4):
    train_one_epoch()
RESULT = [each.detach() for each in model.parameters()]
