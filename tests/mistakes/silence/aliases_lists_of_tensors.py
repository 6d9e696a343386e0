"""Lists that hold a tensor several times, or are updated in place, as they are meant."""

import torch
from torch import nn

torch.manual_seed(0)
shared = nn.Parameter(torch.randn(4, 4) * 0.1)
layers = [shared] * 3
parts = [torch.zeros(4), torch.zeros(4)]
frames = [torch.zeros(4)] * 2
optimizer = torch.optim.SGD([shared], lr=0.1)
averages = [torch.zeros_like(shared)]
losses = []
for step in range(4):
    x = torch.randn(8, 4)
    for layer in layers:
        x = torch.tanh(x @ layer)
    for part in parts:
        part.add_(x.detach().mean(0))
    frames = [*frames[1:], x.detach()[0]]
    loss = (x + torch.stack(frames).mean(0)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        shared.clamp_(-1, 1)
        averages[0].lerp_(shared, 0.1)
    losses.append(loss.detach())
    repeated = torch.stack([x.detach().mean(0)] * 3)
    repeated[0].zero_()

RESULT = torch.stack(losses), parts, averages
