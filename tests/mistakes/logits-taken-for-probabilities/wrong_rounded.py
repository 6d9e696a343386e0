"""Multi-label classification in a class."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Tagger(nn.Module):
    def __init__(self, features=6, labels=4):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(features, 16), nn.ReLU(), nn.Linear(16, labels))

    def forward(self, x):
        return self.layers(x)


class Experiment:
    def __init__(self, data):
        self.model = Tagger()
        self.loss = nn.BCEWithLogitsLoss()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.5)
        self.loader = DataLoader(data, batch_size=20)

    def train(self):
        self.model.train()
        for x, y in self.loader:
            self.optimizer.zero_grad()
            self.loss(self.model(x), y).backward()
            self.optimizer.step()

    def exact_matches(self):
        self.model.eval()
        matches = 0
        with torch.no_grad():
            for x, y in self.loader:
                guess = torch.round(self.model(x))  # <-- the mistake
                matches += (guess == y).all(dim=1).sum().item()
        return matches


torch.manual_seed(0)
x = torch.randn(60, 6)
experiment = Experiment(TensorDataset(x, (x[:, :4] > 0).float()))
matches = []
for _ in range(2):
    experiment.train()
    matches.append(experiment.exact_matches())

RESULT = matches
