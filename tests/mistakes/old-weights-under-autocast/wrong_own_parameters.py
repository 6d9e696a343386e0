"""Matrices of one's own instead of layers; autocast is entered once, and left for the backward pass."""

import torch
from torch import nn


class Mixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Parameter(0.3 * torch.randn(4, 8))
        self.second = nn.Parameter(0.3 * torch.randn(8, 1))

    def forward(self, x):
        return (x @ self.first).relu() @ self.second


torch.manual_seed(0)
mixer = Mixer()
optimizer = torch.optim.SGD(mixer.parameters(), lr=0.1)
with torch.autocast("cpu", dtype=torch.bfloat16):  # <-- the mistake
    for _ in range(6):
        x = torch.randn(16, 4)
        loss = (mixer(x) - x[:, :1]).float().square().mean()
        with torch.autocast("cpu", enabled=False):
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
RESULT = mixer.state_dict()
