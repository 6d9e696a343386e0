"""Iris by hand: minibatches are slices of the tensors, and the flowers are sorted by species."""

import torch
from sklearn.datasets import load_iris
from torch import nn

torch.manual_seed(0)
iris = load_iris()
x = torch.tensor(iris.data, dtype=torch.float32)
y = torch.tensor(iris.target)
order = torch.randperm(len(x))
x, y = x[order], y[order]
x = (x - x.mean(0)) / x.std(0)

model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
batch_size = 15
losses = []
for epoch in range(3):
    for start in range(0, len(x), batch_size):
        inputs = x[start : start + batch_size]
        targets = y[start : start + batch_size]
        loss = loss_fn(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    losses.append(loss.item())

RESULT = losses
