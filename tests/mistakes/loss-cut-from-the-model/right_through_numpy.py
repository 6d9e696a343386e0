"""A forecaster of a sine wave, in a trainer class with a metric of its own."""

import numpy as np
import torch
from torch import nn


class Forecaster(nn.Module):
    def __init__(self, hidden=12):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.head(out[:, -1])


class Trainer:
    def __init__(self, model, optimizer):
        self.model, self.optimizer = model, optimizer
        self.losses = []

    def smape(self, predicted, actual):
        return ((predicted - actual).abs() / (predicted.abs() + actual.abs() + 1e-3)).mean()

    def fit(self, x, y, epochs):
        for _ in range(epochs):
            for xb, yb in zip(x.split(32), y.split(32)):
                loss = self.smape(self.model(xb), yb)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                self.losses.append(loss.item())


torch.manual_seed(0)
wave = torch.sin(torch.arange(0, 20, 0.2))
windows = wave.unfold(0, 9, 1)
x, y = windows[:, :8].unsqueeze(-1), windows[:, 8:]
model = Forecaster()
trainer = Trainer(model, torch.optim.Adam(model.parameters(), lr=1e-2))
trainer.fit(x, y, epochs=2)

RESULT = trainer.losses
