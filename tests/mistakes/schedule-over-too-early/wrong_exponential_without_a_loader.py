"""Batches cut by hand, an evaluation after each epoch, and an exponential decay."""

import torch
from sklearn.datasets import load_wine
from torch import nn

torch.manual_seed(0)
wine = load_wine()
x = torch.tensor((wine.data - wine.data.mean(0)) / wine.data.std(0), dtype=torch.float32)
y = torch.tensor(wine.target)
order = torch.randperm(len(x))
train_rows, test_rows = order[:144], order[144:]

model = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.7)

accuracies = []
for epoch in range(4):
    model.train()
    for rows in train_rows[torch.randperm(144)].split(9):
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()  # <-- the mistake
    model.eval()
    with torch.no_grad():
        accuracies.append((model(x[test_rows]).argmax(1) == y[test_rows]).float().mean().item())

RESULT = [accuracies, model.state_dict()]
