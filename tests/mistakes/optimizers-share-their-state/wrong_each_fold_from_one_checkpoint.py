"""Each fold begins from the same checkpoint, which was read once."""

import copy
import io

import torch
from torch import nn


def make():
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
    return model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def fit(model, optimizer, x, y):
    for inputs, targets in zip(x.split(8), y.split(8), strict=True):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), targets).backward()
        optimizer.step()


def main():
    torch.manual_seed(0)
    x, y = torch.randn(48, 4), torch.randint(2, (48,))
    model, optimizer = make()
    fit(model, optimizer, x, y)
    file = io.BytesIO()
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
    file.seek(0)
    checkpoint = torch.load(file)
    weights = []
    for fold in range(3):
        model, optimizer = make()
        model.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])  # <-- the mistake
        rows = torch.arange(48) % 3 != fold
        fit(model, optimizer, x[rows], y[rows])
        weights.append(copy.deepcopy(model.state_dict()))
    return weights


RESULT = main()
