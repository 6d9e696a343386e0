"""A trainer class over a regression; every part of it is configured by a dictionary."""

import torch
from sklearn.datasets import load_diabetes
from torch import nn


class Trainer:
    def __init__(self, config):
        torch.manual_seed(config["seed"])
        features, target = load_diabetes(return_X_y=True)
        self.x = torch.tensor(features[: config["rows"]] * 20, dtype=torch.float32)
        self.y = torch.tensor((target[: config["rows"]] - 150) / 77, dtype=torch.float32).unsqueeze(1)
        self.model = nn.Sequential(nn.Linear(10, 16), nn.Tanh(), nn.Linear(16, 1))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=config["lr"])
        self.criterion = nn.MSELoss()
        self.losses = []

    def step(self, rows):
        loss = self.criterion(self.model(self.x[rows]), self.y[rows])
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.losses.append(loss.item())

    def fit(self, steps):
        for _ in range(steps):
            self.step(torch.randint(len(self.x), (32,)))
        return self


trainer = Trainer({"seed": 3, "rows": 300, "lr": 0.01}).fit(8)

RESULT = [trainer.model.state_dict(), trainer.losses]
