"""A block with a switch of its own that happens to be called requires_grad."""

import torch
from torch import nn


class Scale(nn.Module):
    def __init__(self, dim, requires_grad=True):
        super().__init__()
        self.requires_grad = requires_grad
        self.linear = nn.Linear(dim, dim)

    def forward(self, x):
        return self.linear(x if self.requires_grad else x.detach()) + x


torch.manual_seed(0)
scale, out = Scale(4), nn.Linear(4, 1)
optimizer = torch.optim.SGD([*scale.parameters(), *out.parameters()], lr=0.1)
for step in range(6):
    scale.requires_grad = step % 2 == 0
    x = torch.randn(8, 4)
    loss = (out(scale(x)) - x.sum(1, keepdim=True)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = [scale.linear.weight.detach(), out.weight.detach()]
