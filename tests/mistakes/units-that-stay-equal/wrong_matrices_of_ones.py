"""A small autoencoder with matrices of its own."""

import torch
from torch import nn


class Autoencoder(nn.Module):
    def __init__(self, size, code):
        super().__init__()
        self.down = nn.Parameter(torch.full((code, size), 0.1))  # <-- the mistake
        self.shift = nn.Parameter(torch.zeros(code))
        self.up = nn.Linear(code, size)
        self.up.weight.data.fill_(0.1)

    def forward(self, x):
        return self.up(torch.sigmoid(x @ self.down.t() + self.shift))


class Experiment:
    def __init__(self, data):
        self.data = data
        self.model = Autoencoder(data.shape[1], 4)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-2)

    def run(self, steps):
        for _ in range(steps):
            self.optimizer.zero_grad()
            nn.functional.mse_loss(self.model(self.data), self.data).backward()
            self.optimizer.step()


torch.manual_seed(0)
experiment = Experiment(torch.randn(32, 8))
experiment.run(12)
RESULT = list(experiment.model.parameters())
