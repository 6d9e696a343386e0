"""Colour images as NumPy keeps them, (N, H, W, 3), into a network that wants channels first."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
generator = np.random.default_rng(0)
pictures = generator.random((24, 10, 10, 3), dtype=np.float32)
labels = torch.from_numpy((pictures[..., 0].mean(axis=(1, 2)) > 0.5).astype(np.int64))
images = torch.from_numpy(pictures).permute(0, 3, 1, 2)

model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(256, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for x, y in DataLoader(TensorDataset(images, labels), batch_size=8, shuffle=True):
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
