"""A network with its own first weights, by `apply`."""

import torch
from sklearn.datasets import load_digits
from torch import nn


def initialise(module):
    if isinstance(module, nn.Linear):
        nn.init.constant_(module.weight, 0.02)  # <-- the mistake
        nn.init.zeros_(module.bias)


def main():
    torch.manual_seed(0)
    images, labels = load_digits(return_X_y=True)
    x, y = torch.tensor(images[:200] / 16, dtype=torch.float32), torch.tensor(labels[:200])
    net = nn.Sequential(nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 10))
    net.apply(initialise)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for batch in torch.randperm(200).split(40):
        loss = nn.functional.cross_entropy(net(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net.state_dict()


RESULT = main()
