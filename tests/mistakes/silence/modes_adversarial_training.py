"""Attacks are made in eval mode, the training step is in train mode."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x, y = torch.tensor(images[:192] / 16, dtype=torch.float32), torch.tensor(labels[:192])
model = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def by_sign(inputs, targets, step=0.05):
    """One step; the gradients of the parameters are thrown away."""
    model.eval()
    inputs = inputs.clone().requires_grad_()
    F.cross_entropy(model(inputs), targets).backward()
    model.train()
    return (inputs + step * inputs.grad.sign()).detach()


def projected(inputs, targets, steps=2):
    model.eval()
    moved = inputs + 0.01 * torch.randn_like(inputs)
    for _ in range(steps):
        moved.requires_grad_()
        (gradient,) = torch.autograd.grad(F.cross_entropy(model(moved), targets), [moved])
        moved = (moved + 0.02 * gradient.sign()).detach()
    model.train()
    return moved


for start in range(0, 192, 64):
    inputs, targets = x[start : start + 64], y[start : start + 64]
    attack = by_sign if start else projected
    attacked = attack(inputs, targets)
    optimizer.zero_grad()
    F.cross_entropy(model(attacked), targets).backward()
    optimizer.step()

RESULT = model.state_dict()
