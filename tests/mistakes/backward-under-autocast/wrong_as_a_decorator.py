"""A whole training step under autocast."""

import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(2, 4, 3, padding=1)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.conv(x).relu().mean(dim=2))


def forward_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return nn.functional.cross_entropy(model(x).float(), y)


def training_step(model, optimizer, x, y):
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = nn.functional.cross_entropy(model(x).float(), y)
        loss.backward()  # <-- the mistake
    optimizer.step()


torch.manual_seed(3)
net = Model()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(4):
    signal = torch.randn(12, 2, 9)
    training_step(net, opt, signal, (signal.mean((1, 2)) > 0).long())
RESULT = net.state_dict()
