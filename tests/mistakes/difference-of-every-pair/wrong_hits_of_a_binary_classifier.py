"""Logistic regression on tumours, and how often it is right."""

import torch
from sklearn.datasets import load_breast_cancer
from torch import nn


class Logistic(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.linear = nn.Linear(features, 1)

    def forward(self, x):
        return self.linear(x)


def accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        prediction = torch.sigmoid(model(x)).round()
        return (prediction == y).sum().item() / len(y)  # <-- the mistake


def fit(model, x, y, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    criterion = nn.BCEWithLogitsLoss()
    model.train()
    for _ in range(epochs):
        loss = criterion(model(x), y.unsqueeze(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


torch.manual_seed(0)
features, labels = load_breast_cancer(return_X_y=True)
x = torch.tensor((features - features.mean(0)) / features.std(0), dtype=torch.float32)
y = torch.tensor(labels, dtype=torch.float32)
model = Logistic(30)
fit(model, x[:400], y[:400], epochs=3)

RESULT = accuracy(model, x[400:], y[400:])
