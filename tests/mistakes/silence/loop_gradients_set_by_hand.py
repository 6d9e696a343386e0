"""Steps on gradients that no backward pass wrote: Reptile, evolution strategies, a plot of the learning rate."""

import copy

import torch
from torch import nn

torch.manual_seed(0)


def reptile():
    model = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
    outer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(4):
        phase = torch.rand(1)
        learner = copy.deepcopy(model)
        inner = torch.optim.SGD(learner.parameters(), lr=0.02)
        for _ in range(3):
            x = torch.rand(10, 1)
            inner.zero_grad()
            nn.functional.mse_loss(learner(x), torch.sin(x + phase)).backward()
            inner.step()
        for p, q in zip(model.parameters(), learner.parameters(), strict=True):
            p.grad = p.detach() - q.detach()
        outer.step()
    return model.state_dict()


def evolution(through_data):
    model = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    x = torch.randn(32, 4)
    y = x.sum(1, keepdim=True)
    for p in model.parameters():
        p.grad = torch.zeros_like(p)
    for _ in range(6):
        optimizer.zero_grad(set_to_none=False)
        weights = model.weight.detach().clone()
        noise = torch.randn_like(weights)
        scores = []
        for sign in (1, -1):
            model.weight.data = weights + sign * 0.1 * noise
            scores.append(nn.functional.mse_loss(model(x), y).item())
        model.weight.data = weights
        estimate = (scores[0] - scores[1]) / 0.2 * noise
        if through_data:
            model.weight.grad.data.copy_(estimate)
        else:
            model.weight.grad = estimate
        optimizer.step()
    return model.state_dict()


def plot_of_the_learning_rate():
    model = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
    rates = []
    for _ in range(20):
        rates.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return rates


RESULT = [reptile(), evolution(False), evolution(True), plot_of_the_learning_rate()]
