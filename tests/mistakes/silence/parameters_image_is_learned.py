"""Feature visualisation: the optimizer holds the image, and the network's gradients are nobody's business."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 8, 3), nn.ReLU()).eval()
image = nn.Parameter(torch.rand(1, 1, 12, 12))
optimizer = torch.optim.LBFGS([image], lr=0.1, max_iter=4)


def closure():
    optimizer.zero_grad()
    net.zero_grad()
    loss = -net(image)[0, 2].mean() + 0.01 * image.pow(2).mean()
    loss.backward()
    return loss


for _ in range(3):
    optimizer.step(closure)

RESULT = image.detach()
