"""Batches are copied into two buffers in turns and prepared there in place; a ring of observations is written row by row."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
buffers = torch.empty(2, 8, 4)
rings = {"state": torch.zeros(8, 4), "following": torch.zeros(8, 4)}
labels = torch.randint(0, 2, (8,))
for step in range(8):
    batch = buffers[step % 2]
    batch.copy_(torch.randn(8, 4))
    batch.sub_(batch.mean(0))
    for ring in rings.values():
        ring[step % 8] = torch.randn(4)
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(batch), labels)
    for ring in rings.values():
        loss = loss + nn.functional.cross_entropy(model(ring), labels)
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
