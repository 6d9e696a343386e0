"""ReLU and dropout near a loss: pooled channels, counts, dropout that is off, features, probabilities that are cut."""

import torch
import torch.nn.functional as F
from torch import nn


class Squeezed(nn.Module):
    def __init__(self):
        super().__init__()
        self.classify = nn.Sequential(nn.Dropout(0.2), nn.Conv2d(1, 3, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1))

    def forward(self, x):
        return torch.flatten(self.classify(x), 1)


torch.manual_seed(0)
images, labels, counts = torch.randn(24, 1, 6, 6), torch.randint(0, 3, (24,)), torch.randint(0, 5, (24,)).float()
squeezed, count, encoder, head = Squeezed(), nn.Linear(36, 1), nn.Linear(36, 8), nn.Linear(8, 3)
optimizer = torch.optim.Adam([p for m in (squeezed, count, encoder, head) for p in m.parameters()], lr=1e-2)
for batch in torch.randperm(24).split(8):
    flat = images[batch].flatten(1)
    loss = F.cross_entropy(squeezed(images[batch]), labels[batch])
    loss = loss + F.mse_loss(F.relu(count(flat)).squeeze(1), counts[batch])
    features = F.dropout(F.relu(encoder(flat)), 0.3)
    scores = head(features)
    loss = loss + F.cross_entropy(F.dropout(scores, 0.5, training=False), labels[batch])
    loss = (
        loss
        + F.cross_entropy(F.dropout(scores, 0.0), labels[batch])
        + F.cross_entropy(F.leaky_relu(scores), labels[batch])
    )
    # A margin of what is too large, and a stretched sigmoid that is cut.
    loss = loss + F.relu(scores.abs() - 1).mean()
    gates = (scores.sigmoid() * 1.2 - 0.1).clamp(0, 1)
    loss = loss + F.binary_cross_entropy(gates, F.one_hot(labels[batch], 3).float())
    loss = loss + F.binary_cross_entropy(scores.sigmoid().clamp(1e-6, 1 - 1e-6), F.one_hot(labels[batch], 3).float())
    loss = loss + F.mse_loss(scores.clamp(0, 1), F.one_hot(labels[batch], 3).float())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = [squeezed.state_dict(), head.state_dict()]
