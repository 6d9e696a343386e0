"""Features come first in the data; each step lays out all of them anew, and takes a few."""

import torch
from torch import nn

torch.manual_seed(0)
features = torch.randn(64, 1200)
samples = features.t().contiguous()
labels = (features[0] > 0).long()
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
losses = []
for step in range(5):
    chosen = torch.randint(0, 1200, (64,))
    inputs = samples[chosen]
    loss = nn.functional.cross_entropy(model(inputs), labels[chosen])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

RESULT = losses
