"""Weighted regression: some outputs of some samples count less."""

import torch
from sklearn.datasets import load_linnerud
from torch import nn


def make_weights(count, outputs):
    weights = torch.ones(outputs).repeat(count, 1)
    first = weights[0]
    first[1] = 0.1
    return weights


def weighted_loss(prediction, target, weights):
    return (weights * (prediction - target).square()).mean()


def main():
    torch.manual_seed(0)
    x, y = load_linnerud(return_X_y=True)
    x = torch.tensor((x - x.mean(0)) / x.std(0), dtype=torch.float32)
    y = torch.tensor((y - y.mean(0)) / y.std(0), dtype=torch.float32)
    weights = make_weights(*y.shape)
    model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(5):
        optimizer.zero_grad()
        loss = weighted_loss(model(x), y, weights)
        loss.backward()
        optimizer.step()
    return loss.detach()


if __name__ == "__main__":
    RESULT = main()
