"""The training calls a wrapper, as of a parallel model; the validation switches what is inside."""

import torch
from sklearn.datasets import load_diabetes
from torch import nn


class Wrapper(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, *args, **kwargs):
        return self.module(*args, **kwargs)


class Trainer:
    def __init__(self, model):
        self.model = Wrapper(model)
        self.optimizer = torch.optim.AdamW(self.model.parameters())

    def fit(self, x, y, epochs=3):
        losses = []
        for _ in range(epochs):
            for inputs, targets in zip(x.split(100), y.split(100)):
                loss = nn.functional.mse_loss(self.model(inputs), targets)
                loss.backward()
                self.optimizer.step()
                self.optimizer.zero_grad()
            losses.append(self.validate(x, y))
        return losses

    @torch.no_grad()
    def validate(self, x, y):
        model = self.model.module
        model.eval()  # <-- the mistake
        return nn.functional.mse_loss(model(x), y).item()


torch.manual_seed(0)
features, target = load_diabetes(return_X_y=True)
x = torch.tensor(features * 20, dtype=torch.float32)
y = torch.tensor((target - target.mean()) / target.std(), dtype=torch.float32).unsqueeze(1)
trainer = Trainer(nn.Sequential(nn.Linear(10, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Linear(16, 1)))

RESULT = trainer.fit(x[:400], y[:400])
