"""Losses that are NaN now and then: the step is left out, or older weights are loaded; and NaN that nobody uses."""

import copy

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(120, 4)
x[::40, 0] = float("nan")
y = x[:, 1].sin()


def network():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))


def leaving_out(net):
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    for rows in torch.randperm(120).split(20):
        loss = nn.functional.mse_loss(net(x[rows]).squeeze(1), y[rows])
        optimizer.zero_grad()
        loss.backward()
        if all(each.grad.isfinite().all() for each in net.parameters()):
            optimizer.step()


def rolling_back(net):
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-2)
    for rows in torch.arange(120).split(20):
        before = copy.deepcopy(net.state_dict())
        loss = nn.functional.mse_loss(net(x[rows]).squeeze(1), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if not torch.isfinite(loss):
            net.load_state_dict(before)


def masking(net):
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-2)
    for rows in torch.arange(120).split(20):
        known = ~x[rows].isnan()
        filled = torch.where(known, x[rows], 0.0)
        loss = nn.functional.mse_loss(net(filled).squeeze(1), y[rows], reduction="none")
        loss = loss[known[:, 0]].mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


RESULT = []
for train in (leaving_out, rolling_back, masking):
    net = network()
    train(net)
    RESULT += [each.detach() for each in net.parameters()]
