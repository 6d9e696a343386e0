"""A recurrent network that notes the mean of each batch for a plot."""

import torch
from torch import nn


class Recorder(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRU(3, 8, batch_first=True)
        self.out = nn.Linear(8, 1)
        self.means = []

    def forward(self, series):
        last = self.cell(series)[1][-1]
        self.means.append(last.mean(0))  # <-- the mistake
        return self.out(last)


def main():
    torch.manual_seed(0)
    series = torch.randn(80, 6, 3)
    model = Recorder()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for rows in torch.randperm(80).split(8):
        loss = nn.functional.mse_loss(model(series[rows])[:, 0], series[rows, :, 0].mean(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.stack(model.means).detach()


RESULT = main()
