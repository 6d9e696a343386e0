"""Two tasks with an encoder in common and an optimizer each; all gradients are cleared once a round."""

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(5)
encoder = nn.Sequential(nn.Linear(6, 12), nn.ReLU())
heads = nn.ModuleList([nn.Linear(12, 1), nn.Linear(12, 1)])
optimizers = [torch.optim.SGD([*encoder.parameters(), *head.parameters()], lr=0.02) for head in heads]

for _ in range(8):
    x = torch.randn(20, 6)
    for optimizer in optimizers:
        optimizer.zero_grad()
    F.mse_loss(heads[0](encoder(x)), x[:, :1]).backward()
    optimizers[0].step()
    F.mse_loss(heads[1](encoder(x)), x[:, 1:2]).backward()  # <-- the mistake
    optimizers[1].step()
RESULT = [encoder.state_dict(), heads.state_dict()]
