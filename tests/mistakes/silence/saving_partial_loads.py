"""Partial loads as they are meant: a new head, two halves, adapters, an evaluation before fine-tuning, only the encoder."""

import torch
from torch import nn


class Adapted(nn.Module):
    def __init__(self, inner, rank=2):
        super().__init__()
        self.inner = inner
        self.down = nn.Parameter(torch.randn(rank, inner.in_features))
        self.up = nn.Parameter(torch.zeros(inner.out_features, rank))

    def forward(self, x):
        return self.inner(x) + x @ self.down.T @ self.up.T


def make(classes):
    return nn.ModuleDict({"body": nn.Linear(6, 8), "head": nn.Linear(8, classes)})


def run(model, x):
    return model["head"](model["body"](x).relu())


def train(forward, parameters, steps=2):
    optimizer = torch.optim.SGD(parameters, lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        forward(x).square().mean().backward()
        optimizer.step()


torch.manual_seed(0)
x = torch.randn(16, 6)
old = make(4)
state = old.state_dict()

tuned = make(3)
tuned.load_state_dict({name: value for name, value in state.items() if "head" not in name}, strict=False)
with torch.no_grad():
    before = run(tuned, x)
train(lambda x: run(tuned, x), tuned.parameters())

halves = make(4)
halves.load_state_dict({name: value for name, value in state.items() if "body" in name}, strict=False)
halves.load_state_dict({name: value for name, value in state.items() if "head" in name}, strict=False)
with torch.no_grad():
    both = run(halves, x)

base = nn.Linear(6, 4)
adapted = Adapted(nn.Linear(6, 4))
adapted.load_state_dict({f"inner.{name}": value for name, value in base.state_dict().items()}, strict=False)
with torch.no_grad():
    plain = adapted(x)

encoder = make(5)
encoder.load_state_dict({name: value for name, value in state.items() if "body" in name}, strict=False)
with torch.no_grad():
    features = encoder["body"](x)

RESULT = before, run(tuned, x).detach(), both, plain, features
