"""Prune half of the weights, train on with the mask, and make it permanent; the optimizer is built after pruning."""

import torch
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale
from torch import nn
from torch.nn.utils import prune

torch.manual_seed(0)
x, y = load_wine(return_X_y=True)
order = torch.randperm(len(x))
x, y = torch.tensor(scale(x), dtype=torch.float32)[order], torch.tensor(y)[order]
model = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 3))


def fit(steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    model.train()
    for _ in range(steps):
        batch = torch.randint(0, 140, (32,))
        loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


fit(8)
for layer in (model[0], model[2]):
    prune.l1_unstructured(layer, "weight", amount=0.5)
fit(8)
for layer in (model[0], model[2]):
    prune.remove(layer, "weight")
model.eval()
with torch.no_grad():
    accuracy = (model(x[140:]).argmax(1) == y[140:]).float().mean()

RESULT = [accuracy, (model[0].weight == 0).sum(), model.state_dict()]
