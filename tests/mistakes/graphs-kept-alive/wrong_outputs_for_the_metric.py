"""A trainer that computes its metric at the end of the epoch, from all predictions."""

import torch
from sklearn.datasets import load_breast_cancer
from torch import nn


class Trainer:
    def __init__(self, model, lr=0.01):
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.criterion = nn.BCEWithLogitsLoss()
        self.outputs = []

    def training_step(self, x, y):
        logits = self.model(x).squeeze(1)
        loss = self.criterion(logits, y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.outputs.append((logits, y))  # <-- the mistake

    def fit(self, x, y, epochs):
        accuracy = []
        for _ in range(epochs):
            self.outputs.clear()
            for xb, yb in zip(x.split(64), y.split(64)):
                self.training_step(xb, yb)
            right = sum(((logits > 0) == (target > 0.5)).sum().item() for logits, target in self.outputs)
            accuracy.append(right / len(x))
        return accuracy


torch.manual_seed(0)
features, labels = load_breast_cancer(return_X_y=True)
features = torch.tensor((features - features.mean(0)) / features.std(0), dtype=torch.float32)
trainer = Trainer(nn.Sequential(nn.Linear(30, 8), nn.ReLU(), nn.Linear(8, 1)))

RESULT = trainer.fit(features, torch.tensor(labels, dtype=torch.float32), epochs=2)
