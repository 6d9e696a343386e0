"""Schedulers that others step, and that wait for their phase."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler
from torch.optim.swa_utils import SWALR
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(64, 4)
loader = DataLoader(TensorDataset(x, x[:, :1]), batch_size=16, shuffle=True)


class WarmUp(lr_scheduler.LRScheduler):
    def __init__(self, optimizer, after):
        self.after = after
        super().__init__(optimizer)

    def get_lr(self):
        return [base * min(1.0, (self.last_epoch + 1) / 5) for base in self.base_lrs]

    def step(self, epoch=None):
        if self.last_epoch >= 5:
            self.after.step()
        else:
            super().step()


def sequence(optimizer):
    first = lr_scheduler.LinearLR(optimizer, 0.1, total_iters=3)
    return lr_scheduler.SequentialLR(optimizer, [first, lr_scheduler.CosineAnnealingLR(optimizer, 7)], [3])


def chain(optimizer):
    return lr_scheduler.ChainedScheduler(
        [lr_scheduler.ConstantLR(optimizer), lr_scheduler.ExponentialLR(optimizer, 0.9)]
    )


def own(optimizer):
    return WarmUp(optimizer, lr_scheduler.ExponentialLR(optimizer, 0.9))


def train(make, epochs=10):
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    scheduler = make(optimizer)
    for _ in range(epochs):
        for inputs, targets in loader:
            optimizer.zero_grad()
            F.mse_loss(net(inputs), targets).backward()
            optimizer.step()
        scheduler.step()
    return net.state_dict()


def in_phases():
    net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))
    head = torch.optim.SGD(net[2].parameters(), lr=0.1)
    whole = torch.optim.SGD(net.parameters(), lr=0.01)
    phases = [(head, lr_scheduler.StepLR(head, 2)), (whole, SWALR(whole, swa_lr=0.005))]
    for optimizer, scheduler in phases:
        for _ in range(3):
            for inputs, targets in loader:
                optimizer.zero_grad()
                F.mse_loss(net(inputs), targets).backward()
                optimizer.step()
            scheduler.step()
    return net.state_dict()


RESULT = [train(sequence), train(chain), train(own), in_phases()]
