"""A network as it comes for prediction is trained further, and nobody wakes it up."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale
from torch import nn


def load_pretrained():
    model = nn.Sequential(nn.Linear(13, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.4), nn.Linear(32, 3))
    model.eval()
    return model


def main():
    torch.manual_seed(0)
    x, y = load_wine(return_X_y=True)
    x, y = torch.tensor(scale(x), dtype=torch.float32), torch.tensor(y)
    model = load_pretrained()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(2):
        for batch in torch.randperm(176).split(44):
            loss = F.cross_entropy(model(x[batch]), y[batch])  # <-- the mistake
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return loss.item()


RESULT = main()
