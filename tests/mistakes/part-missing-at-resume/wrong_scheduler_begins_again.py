"""A trainer with a schedule, resumed in the middle."""

from pathlib import Path

import torch
from torch import nn


class Trainer:
    def __init__(self, path):
        self.path = path
        self.model = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 1))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1, momentum=0.9)
        self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, step_size=2, gamma=0.5)
        self.epoch = 0

    def save(self):
        state = {name: getattr(self, name).state_dict() for name in ("model", "optimizer", "scheduler")}
        torch.save(state | {"epoch": self.epoch}, self.path)

    def load(self):
        state = torch.load(self.path)
        self.model.load_state_dict(state["model"])  # <-- the mistake
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch = state["epoch"]

    def fit(self, x, y, epochs):
        while self.epoch < epochs:
            self.optimizer.zero_grad()
            nn.functional.mse_loss(self.model(x), y).backward()
            self.optimizer.step()
            self.scheduler.step()
            self.epoch += 1


def main():
    torch.manual_seed(0)
    x = torch.randn(40, 6)
    y = x.prod(1, keepdim=True)
    path = Path("trainer.pt")
    first = Trainer(path)
    first.fit(x, y, 3)
    first.save()
    second = Trainer(path)
    second.load()
    second.fit(x, y, 6)
    return second.model.state_dict(), second.optimizer.param_groups[0]["lr"]


if __name__ == "__main__":
    RESULT = main()
