"""A function that draws a batch seeds first, to be repeatable; each batch is the same."""

import torch
from torch import nn

torch.manual_seed(0)
data = torch.randn(500, 4)
model = nn.Linear(4, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)


def get_batch(size=16, seed=1337):
    torch.manual_seed(seed)  # <-- the mistake
    chosen = torch.randint(0, len(data), (size,))
    return data[chosen], data[chosen].sum(1, keepdim=True)


for step in range(12):
    inputs, targets = get_batch()
    optimizer.zero_grad()
    (model(inputs) - targets).square().mean().backward()
    optimizer.step()

RESULT = model.state_dict()
