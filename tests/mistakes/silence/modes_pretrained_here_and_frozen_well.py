"""A backbone is trained, then frozen in eval mode, then unfrozen again."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x, y = torch.tensor(images[:256] / 16, dtype=torch.float32), torch.tensor(labels[:256])
backbone = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU())


def fit(head, targets, frozen, steps=3):
    backbone.requires_grad_(not frozen)
    parameters = [p for p in [*backbone.parameters(), *head.parameters()] if p.requires_grad]
    optimizer = torch.optim.SGD(parameters, lr=0.1)
    head.train()
    backbone.train(not frozen)
    for _ in range(steps):
        loss = F.cross_entropy(head(backbone(x)), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


losses = [fit(nn.Linear(32, 10), y, frozen=False)]
head = nn.Linear(32, 2)
losses += [fit(head, y % 2, frozen=True), fit(head, y % 2, frozen=False)]

RESULT = losses
