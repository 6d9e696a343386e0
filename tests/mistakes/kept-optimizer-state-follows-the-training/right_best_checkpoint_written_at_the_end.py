"""A trainer that keeps the best model in memory with all that is needed to go on from it, and writes it at the end."""

import io
from copy import deepcopy

import torch
from torch import nn


class Trainer:
    def __init__(self):
        self.model = nn.Linear(5, 3)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1.5, momentum=0.9)
        self.best = None

    def snapshot(self, score):
        optimizer_state = deepcopy(self.optimizer.state_dict())
        self.best = {"score": score, "model": deepcopy(self.model.state_dict()), "optimizer": optimizer_state}

    def fit(self, x, y, epochs):
        for _epoch in range(epochs):
            for inputs, targets in zip(x.split(10), y.split(10), strict=True):
                self.optimizer.zero_grad()
                nn.functional.cross_entropy(self.model(inputs), targets).backward()
                self.optimizer.step()
            with torch.no_grad():
                score = nn.functional.cross_entropy(self.model(x), y).item()
            if self.best is None or score < self.best["score"]:
                self.snapshot(score)


torch.manual_seed(1)
trainer = Trainer()
trainer.fit(torch.randn(30, 5), torch.randint(3, (30,)), epochs=6)
file = io.BytesIO()
torch.save(trainer.best, file)
file.seek(0)

RESULT = torch.load(file)["optimizer"]["state"]
