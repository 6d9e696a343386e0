"""Five ways to clear gradients, none of which is `zero_grad` of an optimizer."""

import torch
from torch import nn


def none(model):
    for p in model.parameters():
        p.grad = None


def zeros(model):
    for p in model.parameters():
        if p.grad is not None:
            p.grad.detach_()
            p.grad.zero_()


def behind_data(model):
    for p in model.parameters():
        if p.grad is not None:
            p.grad.data.zero_()


def new_zeros(model):
    for p in model.parameters():
        p.grad = torch.zeros_like(p)


def foreach(model):
    if gradients := [p.grad for p in model.parameters() if p.grad is not None]:
        torch._foreach_zero_(gradients)


def train(clear):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(6):
        x = torch.randn(8, 3)
        clear(model)
        (model(x) - x.sum(1, keepdim=True)).pow(2).mean().backward()
        optimizer.step()
    return model.state_dict()


RESULT = [train(clear) for clear in (none, zeros, behind_data, new_zeros, foreach)]
