"""Accumulated gradients that are right: a sum as the loss, divided gradients, several losses of one batch, tasks."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

x = torch.linspace(-1, 1, 96).view(32, 3)
loader = DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=4)


def model_and_optimizer():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1))
    return model, torch.optim.SGD(model.parameters(), lr=0.01)


def sums():
    model, optimizer = model_and_optimizer()
    for number, (inputs, targets) in enumerate(loader, 1):
        nn.functional.mse_loss(model(inputs), targets, reduction="sum").backward()
        if number % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()
    return model.state_dict()


def divided_gradients():
    model, optimizer = model_and_optimizer()
    for number, (inputs, targets) in enumerate(loader, 1):
        nn.functional.mse_loss(model(inputs), targets).backward()
        if number % 4 == 0:
            for p in model.parameters():
                p.grad /= 4
            optimizer.step()
            optimizer.zero_grad()
    return model.state_dict()


def several_losses():
    model, optimizer = model_and_optimizer()
    for inputs, targets in loader:
        optimizer.zero_grad()
        output = model(inputs)
        for loss in (nn.functional.mse_loss(output, targets), nn.functional.l1_loss(output, targets)):
            loss.backward(retain_graph=True)
        optimizer.step()
    return model.state_dict()


def weighted():
    model, optimizer = model_and_optimizer()
    for number, (inputs, targets) in enumerate(loader, 1):
        (0.25 * nn.functional.smooth_l1_loss(model(inputs), targets)).backward()
        if number % 4 == 0:
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
    return model.state_dict()


RESULT = [sums(), divided_gradients(), several_losses(), weighted()]
