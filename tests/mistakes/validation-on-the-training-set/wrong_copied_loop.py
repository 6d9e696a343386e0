"""A trainer whose validation is a copy of its training loop."""

import torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader, random_split


class Trainer:
    def __init__(self, train_loader, val_loader):
        self.train_loader, self.val_loader = train_loader, val_loader
        self.model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))
        self.opt = torch.optim.Adam(self.model.parameters())

    def fit(self):
        for e in range(2):
            self.model.train()
            for a, b in self.train_loader:
                l = nn.functional.cross_entropy(self.model(a), b)
                self.opt.zero_grad()
                l.backward()
                self.opt.step()
            self.validate()

    def validate(self):
        self.model.eval()
        right = 0
        with torch.no_grad():
            for a, b in self.train_loader:  # <-- the mistake
                right += (self.model(a).argmax(1) == b).sum()
        return right


torch.manual_seed(0)
x = torch.randn(200, 6)
y = (x.sum(1) > 0).long()
trainer = Trainer(
    DataLoader(TensorDataset(x[:150], y[:150]), 25, shuffle=True), DataLoader(TensorDataset(x[150:], y[150:]), 50)
)
trainer.fit()

RESULT = trainer.model.state_dict()
