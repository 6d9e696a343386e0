"""A trainer class and a gate with a gain for each feature."""

import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.features = features
        self.score = nn.Linear(features, features)
        self.gain = nn.Parameter(torch.ones(features))

    def forward(self, x):
        return x * torch.sigmoid(self.score(x)) * self.gain


class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=lr)

    def fit(self, batches):
        for x in batches:
            loss = (self.model(x).sum(1) - x.prod(1)).pow(2).mean()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return self.model.state_dict()


torch.manual_seed(0)
RESULT = Trainer(nn.Sequential(nn.Linear(3, 6), nn.Tanh(), Gate(6)), 1e-2).fit(torch.randn(5, 16, 3))
