"""Everything of the training under one autocast; a class with a fit method."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(3, 16)
        self.out = nn.Linear(16, 1)

    def forward(self, x):
        return self.out(torch.tanh(self.hidden(x)))


class Fitter:
    def __init__(self, net):
        self.net = net
        self.optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)

    def fit(self, steps):
        losses = []
        for _ in range(steps):
            x = torch.randn(32, 3)
            loss = self.loss(x, x.prod(dim=1, keepdim=True))
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return losses

    def loss(self, x, y):
        return nn.functional.mse_loss(self.net(x).float(), y)


def main():
    torch.manual_seed(5)
    fitter = Fitter(Net())
    with torch.autocast(device_type="cpu", dtype=torch.bfloat16, cache_enabled=False):
        losses = fitter.fit(6)
    return losses, fitter.net.state_dict()


RESULT = main()
