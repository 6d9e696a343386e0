"""A trainer whose `fit` takes the optimizer of a factory, and the scheduler another one of it."""

import warnings

import torch
from torch import nn
from torch.optim import lr_scheduler

# Torch has a word to say, about something else.
warnings.simplefilter("ignore")


def make_optimizer(model, lr=0.05):
    return torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(3, 8, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        return self.head(self.encoder(x)[0][:, -1])


def fit(model, batches, epochs=4):
    optimizer = make_optimizer(model)
    scheduler = lr_scheduler.ExponentialLR(make_optimizer(model), gamma=0.8)  # <-- the mistake
    for _ in range(epochs):
        for x, y in batches:
            loss = nn.functional.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        scheduler.step()
    return optimizer.param_groups[0]["lr"]


torch.manual_seed(3)
model = Classifier()
batches = [(torch.randn(8, 5, 3), torch.randint(2, (8,))) for _ in range(4)]
RESULT = [fit(model, batches), model.state_dict()]
