"""A gate that chooses which features a classifier of tumours sees."""

import torch
from sklearn.datasets import load_breast_cancer
from torch import nn


class Gated(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.gate = nn.Linear(features, features)
        self.body = nn.Sequential(nn.Linear(features, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, x):
        chance = torch.sigmoid(self.gate(x))
        mask = (chance > 0.5).float() + chance - chance.detach()
        return self.body(x * mask).squeeze(1)


class Experiment:
    def __init__(self, seed=0, lr=0.05):
        torch.manual_seed(seed)
        x, y = load_breast_cancer(return_X_y=True)
        self.x = torch.tensor((x - x.mean(0)) / x.std(0), dtype=torch.float32)
        self.y = torch.tensor(y, dtype=torch.float32)
        self.model = Gated(30)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr, momentum=0.9)
        self.loss_fn = nn.BCEWithLogitsLoss()

    def run(self, steps):
        for _ in range(steps):
            rows = torch.randint(0, len(self.x), (64,))
            self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(self.x[rows]), self.y[rows])
            loss.backward()
            self.optimizer.step()
        return self.model.state_dict()


RESULT = Experiment().run(5)
