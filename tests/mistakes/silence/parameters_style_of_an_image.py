"""Style transfer: Adam moves the image; the network that judges it is random, and its gradients are ignored."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 8, 3))
image = torch.rand(1, 1, 10, 10, requires_grad=True)
with torch.no_grad():
    style = net(torch.rand(1, 1, 10, 10)).flatten(1)
optimizer = torch.optim.Adam([image], lr=0.05)
for step in range(6):
    optimizer.zero_grad()
    loss = (net(image).flatten(1) - style).pow(2).mean()
    loss.backward()
    optimizer.step()

RESULT = image.detach()
