"""Norms of gradients are logged by a helper that leaves them alone."""

import torch
from torch import nn


def log_gradients(model):
    norms = {name: p.grad.norm().item() for name, p in model.named_parameters()}
    return norms


torch.manual_seed(2)
model = nn.Sequential(nn.Linear(5, 10), nn.Tanh(), nn.Linear(10, 1))
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
history = []
for _ in range(8):
    x = torch.randn(12, 5)
    nn.functional.smooth_l1_loss(model(x), x.prod(1, keepdim=True)).backward()
    history.append(log_gradients(model))
    optimizer.step()
    optimizer.zero_grad()
RESULT = [history, model.state_dict()]
