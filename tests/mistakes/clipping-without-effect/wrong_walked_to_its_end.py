"""The parameters are an iterator, which the optimizer walks to its end."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(60, 5)
y = x[:, 0].sign()
model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 1))
model[0].requires_grad_(False)
parameters = filter(lambda each: each.requires_grad, model.parameters())
optimizer = torch.optim.SGD(parameters, lr=0.1)
for rows in torch.arange(60).split(10):
    optimizer.zero_grad()
    loss = nn.functional.soft_margin_loss(model(x[rows]).squeeze(1), y[rows])
    loss.backward()
    nn.utils.clip_grad_norm_(parameters, max_norm=1.0)  # <-- the mistake
    optimizer.step()
RESULT = [each.detach() for each in model.parameters()]
