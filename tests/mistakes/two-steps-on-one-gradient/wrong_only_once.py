"""Tune two weights of a mixture; the backward pass slipped out of the loop."""

import torch
from torch import nn


class Mixture(nn.Module):
    def __init__(self):
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(2))
        self.experts = nn.ModuleList([nn.Linear(3, 1), nn.Linear(3, 1)])

    def forward(self, x):
        outputs = torch.cat([expert(x) for expert in self.experts], dim=1)
        return (outputs * self.logits.softmax(0)).sum(1, keepdim=True)


torch.manual_seed(9)
x = torch.randn(64, 3)
y = x[:, :1] - 2 * x[:, 1:2]
net = Mixture()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
loss = (net(x) - y).pow(2).mean()
loss.backward()
for _ in range(6):
    loss = (net(x) - y).pow(2).mean()
    optimizer.step()  # <-- the mistake

RESULT = net.state_dict()
