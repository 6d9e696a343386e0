"""Schedules in batches and in epochs that all come to their ends at the right time."""

import warnings

import torch
from torch import nn
from torch.optim import lr_scheduler as schedulers
from torch.utils.data import DataLoader, TensorDataset

warnings.simplefilter("ignore")
torch.manual_seed(0)
x = torch.randn(80, 3)
loader = DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=8, shuffle=True)
EPOCHS, BATCHES = 4, len(loader)


def train(make, each_batch, metric=None, first=0):
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    scheduler = make(optimizer)
    for _ in range(first):  # to where a resumed training was
        scheduler.step()
    for epoch in range(EPOCHS):
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(inputs), targets)
            loss.backward()
            optimizer.step()
            if each_batch:
                scheduler.step()
        if metric is not None:
            scheduler.step(metric[epoch])
        elif not each_batch:
            scheduler.step()
    return model.weight.detach()


def full_batch(steps=60):
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = schedulers.ExponentialLR(optimizer, gamma=0.7)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), x.sum(1, keepdim=True)).backward()
        optimizer.step()
        scheduler.step()
    return model.weight.detach()


RESULT = [
    train(lambda o: schedulers.OneCycleLR(o, 0.1, total_steps=EPOCHS * BATCHES), True),
    train(lambda o: schedulers.OneCycleLR(o, 0.1, total_steps=EPOCHS), False),
    train(lambda o: schedulers.CosineAnnealingLR(o, EPOCHS * BATCHES), True),
    train(lambda o: schedulers.CosineAnnealingLR(o, EPOCHS), False),
    train(lambda o: schedulers.CosineAnnealingLR(o, 50), False),
    train(lambda o: schedulers.CosineAnnealingWarmRestarts(o, BATCHES), True),
    train(lambda o: schedulers.StepLR(o, BATCHES, gamma=0.3), True),
    train(lambda o: schedulers.StepLR(o, 2, gamma=0.1), False),
    train(lambda o: schedulers.MultiStepLR(o, [2 * BATCHES, 3 * BATCHES]), True),
    train(lambda o: schedulers.LambdaLR(o, lambda step: 1 - step / (EPOCHS * BATCHES)), True),
    train(lambda o: schedulers.LambdaLR(o, lambda step: min(1, step / 30)), True),
    train(lambda o: schedulers.StepLR(o, 2, gamma=0.5), False, first=3),
    train(lambda o: schedulers.StepLR(o, 2, gamma=0.5), False, first=1),
    # a loss that rises: the network overfits
    train(lambda o: schedulers.ReduceLROnPlateau(o, patience=0), False, metric=[0.41237, 0.45512, 0.53174, 0.61239]),
    train(lambda o: schedulers.ReduceLROnPlateau(o, patience=0), False, metric=[0.4124, 0.4551, 0.5317, 0.6123]),
    train(lambda o: schedulers.ReduceLROnPlateau(o, "max", patience=0), False, metric=[3 / 7, 4 / 7, 5 / 7, 6 / 7]),
    # a share of errors that gets better
    train(lambda o: schedulers.ReduceLROnPlateau(o, patience=0), False, metric=[6 / 7, 5 / 7, 5 / 7, 3 / 7]),
    full_batch(),
]
