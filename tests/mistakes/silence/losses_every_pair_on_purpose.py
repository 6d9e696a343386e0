"""Losses between all pairs that are meant: ranking, two samples, quantiles, contrast."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(24, 5)
grades = x[:, 0] + 0.1 * torch.randn(24)
model = nn.Sequential(nn.Linear(5, 12), nn.Tanh(), nn.Linear(12, 1))
wide = nn.Linear(5, 8)
optimizer = torch.optim.Adam([*model.parameters(), *wide.parameters()], lr=0.01)
taus = (torch.arange(8) + 0.5) / 8


def rank_loss(scores):
    scores = scores.squeeze(1)
    order = (grades[:, None] > grades[None, :]).float()
    return F.binary_cross_entropy_with_logits(scores[:, None] - scores[None, :], order)


def energy_distance(scores):
    mixed = (scores.squeeze(1)[:, None] - grades).abs().mean()
    own = (scores - scores.t()).abs().mean()
    return 2 * mixed - own


def quantile_loss(quantiles):
    target = grades[:, None, None].expand(24, 1, 4)
    pair = F.smooth_l1_loss(quantiles.unsqueeze(-1).expand(24, 8, 4), target.expand(24, 8, 4), reduction="none")
    sign = (target < quantiles.unsqueeze(-1)).float()
    return ((taus[None, :, None] - sign).abs().detach() * pair).mean()


def contrast(one, other):
    logits = F.normalize(one, dim=1) @ F.normalize(other, dim=1).t() / 0.1
    labels = torch.arange(24)
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels)) / 2


for _ in range(3):
    scores = model(x)
    first, second = wide(x), wide(x + 0.1 * torch.randn_like(x))
    loss = rank_loss(scores) + energy_distance(scores) + quantile_loss(first) + contrast(first, second)
    loss = loss + F.mse_loss(scores, grades.unsqueeze(1)) + ((first.unsqueeze(1) - second) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict(), wide.state_dict()
