"""A deep regression whose hidden layers are collected in a loop."""

import argparse

import torch
from sklearn.datasets import load_diabetes
from torch import nn


def build(hidden, depth):
    layers = [nn.Linear(10, hidden), nn.ReLU()]
    middle = nn.Linear(hidden, hidden)
    for _ in range(depth):
        layers.append(middle)
        layers.append(nn.ReLU())
    layers.append(nn.Linear(hidden, 1))
    return nn.Sequential(*layers)  # <-- the mistake


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hidden", type=int, default=16)
    parser.add_argument("--depth", type=int, default=3)
    args = parser.parse_args([])
    torch.manual_seed(0)
    features, target = load_diabetes(return_X_y=True)
    x = torch.tensor(features[:128] * 20, dtype=torch.float32)
    y = torch.tensor(target[:128] / 100, dtype=torch.float32).unsqueeze(1)
    model = build(args.hidden, args.depth)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for batch in torch.randperm(128).split(32):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[batch]), y[batch])
        loss.backward()
        optimizer.step()
    return [p.detach() for p in model.parameters()]


RESULT = main()
