"""Regression with dropout; the data are held in two tensors."""

import torch
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(0)
features, target = load_diabetes(return_X_y=True)
x = torch.tensor(features * 20, dtype=torch.float32)
y = torch.tensor((target - target.mean()) / target.std(), dtype=torch.float32).unsqueeze(1)
x_train, y_train, x_valid, y_valid = x[:300], y[:300], x[300:], y[300:]

model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 1))
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
valid_losses = []

for epoch in range(4):
    model.train()
    loss = loss_fn(model(x_train), y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    model.train()  # <-- the mistake
    with torch.no_grad():
        prediction = model(x_valid)
        valid_losses.append(loss_fn(prediction, y_valid).item())

RESULT = valid_losses
