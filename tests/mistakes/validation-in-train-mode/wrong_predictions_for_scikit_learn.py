"""The predictions go to scikit-learn, which compares them."""

import torch
from sklearn.datasets import load_iris
from sklearn.metrics import accuracy_score
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))

    def forward(self, x):
        return self.body(x)


class Experiment:
    def __init__(self):
        self.model = Classifier()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.01)

    def fit(self, x, y, steps):
        for _ in range(steps):
            self.optimizer.zero_grad()
            nn.functional.cross_entropy(self.model(x), y).backward()
            self.optimizer.step()

    def predict(self, x):
        with torch.no_grad():
            return self.model(x).argmax(1).numpy()  # <-- the mistake


torch.manual_seed(0)
x, y = load_iris(return_X_y=True)
order = torch.randperm(150)
x, y = torch.tensor(x, dtype=torch.float32)[order], torch.tensor(y)[order]
experiment = Experiment()
experiment.fit(x[:100], y[:100], steps=15)

RESULT = accuracy_score(y[100:], experiment.predict(x[100:]))
