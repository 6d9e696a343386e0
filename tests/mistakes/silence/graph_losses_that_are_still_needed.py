"""Losses that are kept because a backward goes through them later: accumulated by hand, several tasks, retained."""

import torch
from torch import nn

torch.manual_seed(0)
trunk, heads = nn.Linear(6, 8), nn.ModuleList([nn.Linear(8, 1) for _ in range(6)])
optimizer = torch.optim.SGD([*trunk.parameters(), *heads.parameters()], lr=0.02)
history = []
for step in range(8):
    x = torch.randn(16, 6)
    h = torch.relu(trunk(x))
    losses = [(head(h).squeeze(1) - x[:, i]).pow(2).mean() for i, head in enumerate(heads)]
    optimizer.zero_grad()
    for number, loss in enumerate(losses):
        loss.backward(retain_graph=number < len(losses) - 1)
    optimizer.step()
    history.append(sum(losses).item())

for step in range(6):
    total = 0
    for part in range(4):
        x = torch.randn(4, 6)
        total = total + (heads[0](trunk(x)).squeeze(1) - x[:, 0]).pow(2).mean()
    optimizer.zero_grad()
    total.backward()
    optimizer.step()
    history.append(total.item())

RESULT = history
