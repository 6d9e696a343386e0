"""The scale of a gradient scaler, read by hand and given to `backward` as the gradient of the loss."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
scaler = torch.amp.GradScaler("cpu", init_scale=256.0)
scaler.scale(torch.zeros(1))
inputs, targets = torch.randn(64, 6), torch.randn(64, 1)
for rows in torch.randperm(64).split(16):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(inputs[rows]), targets[rows])
    loss.backward(gradient=torch.tensor(scaler.get_scale()))
    scaler.step(optimizer)
    scaler.update()

RESULT = model.state_dict()
