"""Recognise sequences of sounds."""

import torch
import torch.nn.functional as F
from torch import nn


class Acoustic(nn.Module):
    def __init__(self, classes=6):
        super().__init__()
        self.conv = nn.Conv1d(4, 12, 3, padding=1)
        self.out = nn.Linear(12, classes)

    def forward(self, x):
        x = torch.relu(self.conv(x)).transpose(1, 2)
        return F.softmax(self.out(x), dim=2)  # <-- the mistake


def train_epoch(model, optimizer, batches):
    losses = []
    for x, targets, target_lengths in batches:
        optimizer.zero_grad()
        output = model(x).transpose(0, 1)
        lengths = torch.full((x.size(0),), x.size(2), dtype=torch.long)
        loss = F.ctc_loss(output, targets, lengths, target_lengths, blank=5)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


torch.manual_seed(0)
batches = [(torch.randn(4, 4, 15), torch.randint(0, 5, (4, 5)), torch.tensor([5, 4, 3, 5])) for _ in range(3)]
model = Acoustic()

RESULT = train_epoch(model, torch.optim.SGD(model.parameters(), lr=0.01), batches)
