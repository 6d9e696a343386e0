"""A loss of two parts, Dice and binary cross entropy, for small masks."""

import torch
import torch.nn.functional as F
from torch import nn


class DiceBCELoss(nn.Module):
    def forward(self, inputs, targets, smooth=1):
        probabilities = torch.sigmoid(inputs).view(-1)  # <-- the mistake
        targets = targets.view(-1)
        overlap = (probabilities * targets).sum()
        dice = 1 - (2 * overlap + smooth) / (probabilities.sum() + targets.sum() + smooth)
        return F.binary_cross_entropy_with_logits(probabilities, targets, reduction="mean") + dice


torch.manual_seed(0)
images = torch.rand(6, 1, 8, 8)
masks = (images > 0.5).float()
model = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 1))
criterion = DiceBCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(4):
    optimizer.zero_grad()
    criterion(model(images), masks).backward()
    optimizer.step()

RESULT = model.state_dict()
