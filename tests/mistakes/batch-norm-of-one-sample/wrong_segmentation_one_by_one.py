"""A segmentation network that gets one image at a time."""

import torch
import torch.nn.functional as F
from torch import nn


class DoubleConv(nn.Module):
    def __init__(self, ins, outs):
        super().__init__()
        self.conv = nn.Conv2d(ins, outs, 3, padding=1)
        self.norm = nn.BatchNorm2d(outs)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))  # <-- the mistake


class TinyUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.up = DoubleConv(1, 4), DoubleConv(4, 4)
        self.out = nn.Conv2d(4, 1, 1)

    def forward(self, x):
        return self.out(self.up(self.down(x)))


torch.manual_seed(0)
images = torch.rand(6, 1, 8, 8)
masks = (images > 0.5).float()
model = TinyUNet()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
model.train()
for image, mask in zip(images, masks, strict=True):
    loss = F.binary_cross_entropy_with_logits(model(image.unsqueeze(0)), mask.unsqueeze(0))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
