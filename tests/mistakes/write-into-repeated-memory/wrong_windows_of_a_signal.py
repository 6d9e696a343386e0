"""Windows of a signal with a taper on each, as inputs of a small network."""

import torch
from torch import nn


class Windows:
    def __init__(self, width, step):
        self.width, self.step = width, step
        self.taper = torch.hann_window(width)

    def __call__(self, signal):
        windows = signal.unfold(0, self.width, self.step)
        windows *= self.taper  # <-- the mistake
        return windows


torch.manual_seed(0)
signal = torch.sin(torch.arange(200) * 0.3) + 0.1 * torch.randn(200)
targets = signal[16::4].clone()
inputs = Windows(16, 4)(signal)[: len(targets)]
model = nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for _step in range(4):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(inputs).squeeze(1), targets)
    loss.backward()
    optimizer.step()

RESULT = loss.detach()
