"""The rate is noted on the optimizer and then given to its groups; defaults are for a group that comes later."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(60, 5)
body, head = nn.Linear(5, 6), nn.Linear(6, 1)
optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
body.requires_grad_(False)


def run(steps, base):
    for step in range(steps):
        optimizer.lr = base / (1 + step)
        for group in optimizer.param_groups:
            group["lr"] = optimizer.lr
        optimizer.zero_grad()
        nn.functional.mse_loss(head(torch.tanh(body(x))), x[:, :1]).backward()
        optimizer.step()


nn.init.orthogonal_(body.weight)
run(4, 0.1)
body.requires_grad_(True)
optimizer.defaults["lr"] = 0.01
optimizer.add_param_group({"params": body.parameters()})
run(4, 0.05)

RESULT = [body.state_dict(), head.state_dict()]
