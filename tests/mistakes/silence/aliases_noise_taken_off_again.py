"""Noise that is added to kept batches and taken off after each step."""

import torch
from torch import nn

torch.manual_seed(0)
batches = [(torch.rand(8, 4), torch.randint(0, 2, (8,))) for _ in range(3)]
model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _epoch in range(3):
    for x, y in batches:
        noise = 0.1 * torch.randn_like(x)
        x.add_(noise)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
        x.sub_(noise)

RESULT = model.state_dict()
