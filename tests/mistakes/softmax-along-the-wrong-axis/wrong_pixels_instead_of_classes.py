"""Segment images; the network ends in a LogSoftmax over the last axis."""

import torch
from torch import nn


class Segmenter(nn.Module):
    def __init__(self, classes=3):
        super().__init__()
        self.encoder = nn.Conv2d(1, 6, 3, padding=1)
        self.decoder = nn.Conv2d(6, classes, 1)
        self.activation = nn.LogSoftmax(dim=-1)

    def forward(self, x):
        x = self.decoder(torch.relu(self.encoder(x)))
        return self.activation(x)  # <-- the mistake


torch.manual_seed(0)
images = torch.rand(8, 1, 5, 5)
masks = (images[:, 0] * 3).long()
model = Segmenter()
criterion = nn.NLLLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(3):
    optimizer.zero_grad()
    loss = criterion(model(images), masks)
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
