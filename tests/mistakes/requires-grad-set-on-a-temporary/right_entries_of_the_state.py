"""A fine-tuner in a class that freezes layers by the beginning of their names."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 16))
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        return self.head(torch.relu(self.body(x)))


class FineTuner:
    def __init__(self, model, frozen=()):
        self.model = model
        for prefix in frozen:
            self.freeze(prefix)
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)

    def freeze(self, prefix):
        for name, weight in self.model.named_parameters():
            if name.startswith(prefix):
                weight.requires_grad_(False)

    def step(self, x, y):
        loss = nn.functional.cross_entropy(self.model(x), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()


torch.manual_seed(0)
tuner = FineTuner(Net(), frozen=["body.0"])
RESULT = [tuner.step(x, x[:, :3].argmax(1)) for x in torch.randn(5, 32, 8)]
