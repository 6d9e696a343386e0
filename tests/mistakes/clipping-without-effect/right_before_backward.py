"""A trainer with gradient clipping."""

from dataclasses import dataclass

import torch
from sklearn.datasets import load_diabetes


@dataclass
class Config:
    lr: float = 0.01
    clip: float = 0.5
    epochs: int = 2
    batch: int = 64


class Trainer:
    def __init__(self, model, config):
        self.model, self.config = model, config
        self.optimizer = torch.optim.Adam(model.parameters(), lr=config.lr)

    def training_step(self, x, y):
        loss = torch.nn.functional.huber_loss(self.model(x), y)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip)
        self.optimizer.step()
        return loss.item()

    def fit(self, x, y):
        history = []
        for _ in range(self.config.epochs):
            for rows in torch.randperm(len(x)).split(self.config.batch):
                history.append(self.training_step(x[rows], y[rows]))
        return history


torch.manual_seed(1)
data = load_diabetes()
x = torch.tensor(data.data * 20, dtype=torch.float32)[:256]
y = torch.tensor(data.target / 100, dtype=torch.float32).unsqueeze(1)[:256]
net = torch.nn.Sequential(torch.nn.Linear(10, 12), torch.nn.ReLU(), torch.nn.Linear(12, 1))
RESULT = [Trainer(net, Config()).fit(x, y), net.state_dict()]
