"""A trainer that writes a checkpoint each epoch."""

import torch
from torch import nn


class Trainer:
    def __init__(self, model, folder="."):
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        self.folder = folder

    def fit(self, x, y, epochs):
        for epoch in range(epochs):
            self.optimizer.zero_grad()
            loss = nn.functional.mse_loss(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            self.save(epoch)

    def save(self, epoch):
        model = self.model
        torch.save({"epoch": epoch, "model": model}, f"{self.folder}/{epoch}.pt")  # <-- the mistake


torch.manual_seed(0)
x = torch.randn(32, 3)
trainer = Trainer(nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1)))
trainer.fit(x, x.sum(1, keepdim=True), 2)

RESULT = trainer.model.state_dict()
