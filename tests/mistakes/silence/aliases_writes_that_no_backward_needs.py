"""Writes through .data and arrays after the backward pass, or to what it does not need; shared batch norm."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
for _step in range(4):
    x = torch.randn(16, 6)
    one, other = model(x), model(x.flip(0))
    shifted = one + other
    shifted.data.add_(0.1)
    loss = (shifted.sum(1) - x[:, 0]).square().mean()
    optimizer.zero_grad()
    loss.backward(retain_graph=True)
    for parameter in model.parameters():
        parameter.grad.data.clamp_(-0.5, 0.5)
    optimizer.step()
    for parameter in model.parameters():
        parameter.data.clamp_(-1, 1)
    one.detach().numpy()[:] = 0
    logits = model(x)
    probabilities = logits.detach().softmax(1).numpy()
    probabilities *= 0.5
    optimizer.zero_grad()
    nn.functional.cross_entropy(logits, (x[:, 0] > 0).long()).backward()
    optimizer.step()

RESULT = model.state_dict()
