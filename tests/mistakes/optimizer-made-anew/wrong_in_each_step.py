"""Curve fitting with one function a step."""

import torch
from torch import nn


class Curve(nn.Module):
    def __init__(self, degree=4):
        super().__init__()
        self.weights = nn.Parameter(0.1 * torch.randn(degree))

    def forward(self, x):
        return sum(w * x**k for k, w in enumerate(self.weights))


class Fitter:
    def __init__(self, curve):
        self.curve = curve

    def step(self, x, y):
        optimizer = torch.optim.SGD(self.curve.parameters(), lr=0.05, momentum=0.9)  # <-- the mistake
        optimizer.zero_grad()
        loss = (self.curve(x) - y).square().mean()
        loss.backward()
        optimizer.step()
        return loss.item()


torch.manual_seed(1)
curve = Curve()
x = torch.linspace(-1, 1, 50)
fitter = Fitter(curve)
RESULT = [[fitter.step(x, x.sin()) for _ in range(10)], curve.state_dict()]
