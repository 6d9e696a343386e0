"""A small segmentation network of blocks."""

import torch
from torch import nn


def block(channels_in, channels_out, activation=True):
    layers = [nn.Conv2d(channels_in, channels_out, 3, padding=1)]
    if activation:
        layers.append(nn.BatchNorm2d(channels_out))
    return nn.Sequential(*layers)


class Segmenter(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two, self.head = block(1, 8), block(8, 8), block(8, 1, activation=False)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.act(self.one(x))
        x = self.act(self.two(x))
        return self.head(x)


torch.manual_seed(4)
images = torch.rand(16, 1, 12, 12)
masks = (images > 0.6).float()
model, criterion = Segmenter(), nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for start in range(0, 16, 4):
    loss = criterion(model(images[start : start + 4]), masks[start : start + 4])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
