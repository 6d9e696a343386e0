"""The scaled loss is computed and dropped."""

import torch
from torch import nn


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 16), nn.SiLU())
        self.head = nn.Linear(16, 1)

    def forward(self, x):
        return self.head(self.body(x))


def run(steps=6):
    torch.manual_seed(1)
    model = Regressor()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    grad_scaler = torch.amp.GradScaler("cpu", init_scale=4096.0)
    for _ in range(steps):
        x = torch.randn(24, 3)
        loss = nn.functional.mse_loss(model(x), x.norm(dim=1, keepdim=True))
        optimizer.zero_grad()
        grad_scaler.scale(loss)
        loss.backward()  # <-- the mistake
        grad_scaler.step(optimizer)
        grad_scaler.update()
    return model.state_dict()


RESULT = run()
