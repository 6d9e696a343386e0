"""Writes into windows, slices, diagonals and expanded masks that mean what they do."""

import torch
from torch import nn

torch.manual_seed(0)
images = torch.rand(8, 1, 6, 6)
patches = images.unfold(2, 3, 1).unfold(3, 3, 1)
patches[:, 0, 1, 1] = 0.5
patches.clamp_(0.1, 0.9)
images[:, :, 0].mul_(0.5)
images.diagonal(dim1=2, dim2=3).add_(0.1)

scale = torch.ones(1, 6).expand(8, 6)
causal = torch.ones(6, 6, dtype=torch.bool).triu(1)
bias = torch.zeros(1, 6, 6).expand(4, 6, 6)
bias = bias.masked_fill(causal, -1.0)
rows, columns = torch.meshgrid(torch.arange(6.0), torch.arange(6.0), indexing="ij")
rows = rows.clone()
rows[0, 0] = -1
template = torch.zeros(3).expand(5, 3)[0]
template.add_(1)

model = nn.Linear(36, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _step in range(3):
    x = images.flatten(1) * (rows + columns + bias.sum(0)).flatten()
    loss = nn.functional.cross_entropy(model(x) * template, torch.arange(8) % 3) + scale.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict(), images
