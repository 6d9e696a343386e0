"""A cosine over all steps, each on a batch that is drawn anew; and a network that overfits under ReduceLROnPlateau."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(80, 4)
y = torch.randn(80, 1)
model = nn.Linear(4, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 50)
for _ in range(50):
    rows = torch.randperm(80)[:8]
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x[rows]), y[rows]).backward()
    optimizer.step()
    cosine.step()
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
for number in range(8):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x[:40]), y[:40]).backward()
    optimizer.step()
    plateau.step(round(1.31 + 0.17 * number, 2))
RESULT = [each.detach() for each in model.parameters()]
