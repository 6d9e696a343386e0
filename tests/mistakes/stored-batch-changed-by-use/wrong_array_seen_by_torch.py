"""Batches are slices of a NumPy array, and are brought to mean 0 as tensors, which share the memory."""

import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(0)
torch.manual_seed(0)
features = rng.normal(3, 2, (120, 5)).astype(np.float32)
labels = (features.sum(1) > 15).astype(np.int64)
model = nn.Linear(5, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _epoch in range(3):
    for begin in range(0, 120, 40):
        x = torch.from_numpy(features[begin : begin + 40])
        y = torch.from_numpy(labels[begin : begin + 40])
        x.sub_(x.mean(0)).div_(x.std(0) + 1)  # <-- the mistake
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

RESULT = model.state_dict()
