"""A trainer that draws an order in each epoch and picks the inputs by it; its loss is written out."""

import torch
from torch import nn


class Trainer:
    def __init__(self, x, y):
        self.x, self.y = x, y
        self.model = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 1))
        self.opt = torch.optim.Adam(self.model.parameters(), 1e-2)

    def epoch(self, bs=16):
        perm = torch.randperm(len(self.x))
        for i in range(0, len(self.x), bs):
            xb = self.x[perm[i : i + bs]]
            yb = self.y[i : i + bs]  # <-- the mistake
            loss = ((self.model(xb).squeeze(1) - yb) ** 2).mean()
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()


if __name__ == "__main__":
    torch.manual_seed(1)
    x = torch.rand(160, 4)
    y = (x * torch.tensor([1.0, -2.0, 3.0, 0.5])).sum(1)
    t = Trainer(x, y)
    for _ in range(3):
        t.epoch()

RESULT = t.model.state_dict()
