"""Segment small images into three classes."""

import torch
from torch import nn

torch.manual_seed(0)
images = torch.rand(12, 1, 6, 6)
masks = (images[:, 0] * 3).long()

model = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 1))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)

for step in range(4):
    logits = model(images)
    logits = logits.permute(0, 2, 3, 1).reshape(-1, 3)
    loss = criterion(logits, masks.view(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
