"""Freezing by a part of the name, in a builder."""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv1d(channels, channels, 3, padding=1)
        self.norm = nn.BatchNorm1d(channels)

    def forward(self, x):
        return x + torch.relu(self.norm(self.conv(x)))


class Regressor(nn.Module):
    def __init__(self, channels=8, blocks=2):
        super().__init__()
        self.stem = nn.Conv1d(2, channels, 1)
        self.blocks = nn.Sequential(*(Block(channels) for _ in range(blocks)))
        self.out = nn.Linear(channels, 1)

    def forward(self, x):
        return self.out(self.blocks(self.stem(x)).mean(2))


def build(frozen):
    model = Regressor()
    for name, parameter in model.named_parameters():
        if frozen in name:
            parameter.requires_grad_(False)
    return model, torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.05)


def main():
    torch.manual_seed(0)
    x = torch.randn(40, 2, 12)
    model, optimizer = build(frozen="norm.weight")
    for epoch in range(2):
        for rows in torch.randperm(40).split(10):
            loss = nn.functional.mse_loss(model(x[rows])[:, 0], x[rows].mean((1, 2)))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model.state_dict()


RESULT = main()
