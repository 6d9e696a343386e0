"""Pairs of embeddings and their distance; some pairs are of one point with itself."""

import torch
from torch import nn

torch.manual_seed(0)
left = torch.randn(120, 6)
right = torch.where(torch.rand(120, 1) < 0.2, left, torch.randn(120, 6))
goal = (left - right).abs().mean(dim=1)


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 4))

    def forward(self, one, other):
        difference = self.embed(one) - self.embed(other)
        return torch.sqrt(difference.square().sum(dim=-1))  # <-- the mistake


model = Siamese()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(2):
    for rows in torch.randperm(120).split(24):
        loss = nn.functional.mse_loss(model(left[rows], right[rows]), goal[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
RESULT = [each.detach() for each in model.parameters()]
