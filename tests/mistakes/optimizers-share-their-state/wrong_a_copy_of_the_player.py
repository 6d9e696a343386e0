"""A second player begins as a copy of the first one, and both learn on."""

import copy

import torch
from torch import nn


def learn(model, optimizer, x, y):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()


torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.randint(2, (32,))
first = nn.Linear(4, 2)
first_optimizer = torch.optim.Adam(first.parameters(), lr=0.01)
for _ in range(3):
    learn(first, first_optimizer, x, y)
second = copy.deepcopy(first)
second_optimizer = torch.optim.Adam(second.parameters(), lr=0.01)
second_optimizer.load_state_dict(first_optimizer.state_dict())  # <-- the mistake
for _ in range(3):
    learn(first, first_optimizer, x[:16], y[:16])
    learn(second, second_optimizer, x[16:], y[16:])

RESULT = first.state_dict(), second.state_dict()
