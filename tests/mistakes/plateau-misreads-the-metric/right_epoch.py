"""Plateau scheduling in a function; the scheduler is given the wrong number."""

import torch
from sklearn.datasets import load_diabetes
from torch import nn


def fit(x, y, x_valid, y_valid, epochs=8):
    model = nn.Sequential(nn.Linear(10, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="min", factor=0.1, patience=2)
    losses = []
    for epoch in range(epochs):
        model.train()
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
        model.eval()
        with torch.no_grad():
            losses.append(nn.functional.mse_loss(model(x_valid), y_valid).item())
        scheduler.step(losses[-1])
    return losses, model.state_dict()


torch.manual_seed(8)
data = load_diabetes()
x = torch.tensor(data.data * 20, dtype=torch.float32)
y = torch.tensor((data.target - 150) / 77, dtype=torch.float32).unsqueeze(1)
RESULT = fit(x[:300], y[:300], x[300:], y[300:])
