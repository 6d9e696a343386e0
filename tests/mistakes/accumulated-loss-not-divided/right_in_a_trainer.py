"""A trainer that accumulates, with a loss of its own that takes the mean."""

import torch
from torch import nn
from torch.utils.data import DataLoader


class Sequences(torch.utils.data.Dataset):
    def __init__(self, n=64):
        self.rows = torch.randn(n, 5, 3)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        return self.rows[index], self.rows[index].sum()


class Trainer:
    def __init__(self, model, accumulate):
        self.model, self.accumulate = model, accumulate
        self.optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)

    def loss(self, batch):
        x, y = batch
        return (self.model(x.flatten(1)).squeeze(1) - y).pow(2).mean()

    def fit(self, loader):
        for number, batch in enumerate(loader, 1):
            loss = self.loss(batch) / self.accumulate
            loss.backward()
            if number % self.accumulate == 0:
                self.optimizer.step()
                self.optimizer.zero_grad(set_to_none=True)


torch.manual_seed(2)
net = nn.Sequential(nn.Linear(15, 8), nn.Tanh(), nn.Linear(8, 1))
Trainer(net, accumulate=2).fit(DataLoader(Sequences(), batch_size=8, shuffle=True))
RESULT = net.state_dict()
