"""A trainer class with a test at the end."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_iris
from torch import nn


class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr)

    def fit(self, x, y, epochs):
        self.model.train()
        for _ in range(epochs):
            self.optimizer.zero_grad()
            F.cross_entropy(self.model(x), y).backward()
            self.optimizer.step()

    @torch.inference_mode()
    def test(self, x, y):
        self.model.eval()
        predicted = self.model(x).argmax(dim=1)
        return (predicted == y).float().mean().item()


torch.manual_seed(0)
features, species = load_iris(return_X_y=True)
x, y = torch.tensor(features, dtype=torch.float32), torch.tensor(species)
trainer = Trainer(nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3)), lr=0.1)
trainer.fit(x[::2], y[::2], epochs=3)

RESULT = trainer.test(x[1::2], y[1::2])
