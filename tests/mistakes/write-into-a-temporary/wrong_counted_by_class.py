"""Samples and outputs are counted and added up class by class."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
counts, sums = torch.zeros(4), torch.zeros(4, 2)
for _ in range(5):
    x, y = torch.randn(16, 6), torch.randint(0, 4, (16,))
    output = model(x)
    optimizer.zero_grad()
    nn.functional.cross_entropy(output, y).backward()
    optimizer.step()
    counts[y].add_(1)  # <-- the mistake
    sums[y][:, 0] += output.detach().max(1).values  # <-- the mistake

RESULT = counts, sums
