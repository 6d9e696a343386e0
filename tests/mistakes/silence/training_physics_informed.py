"""A network that solves u'' = -u: derivatives by its input stand in the loss, so the input requires a gradient."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1)).double()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
start = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)


def derivative(u, t):
    return torch.autograd.grad(u, t, torch.ones_like(u), create_graph=True)[0]


losses = []
for step in range(8):
    t = (2 * torch.rand(32, 1, dtype=torch.float64)).requires_grad_()
    u = net(t)
    residual = derivative(derivative(u, t), t) + u
    u0 = net(start)
    loss = residual.pow(2).mean() + (u0 - 0).pow(2).sum() + (derivative(u0, start) - 1).pow(2).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
with torch.no_grad():
    error = (
        (net(torch.linspace(0, 2, 9, dtype=torch.float64)[:, None]).squeeze() - torch.linspace(0, 2, 9).sin())
        .abs()
        .max()
    )

RESULT = [losses, error]
