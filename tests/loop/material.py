"""What the tests of this folder train: small data whose last batch is smaller, small models, a loop written by hand."""

from __future__ import annotations

import torch
from torch import nn

import retorch
from retorch.randomness import key, seed_streams

SEED = 7
SAMPLES = 20
"""With batches of 8 an epoch has 8, 8 and 4 samples."""


def numbers(*shape, seed=0, dtype=torch.float32):
    """Return fixed random numbers."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def regression(samples=SAMPLES, *, seed=0, dtype=torch.float32):
    """Return inputs [samples, 3] and targets [samples, 2]."""
    return numbers(samples, 3, seed=seed, dtype=dtype), numbers(samples, 2, seed=seed + 1, dtype=dtype)


def classes(samples=SAMPLES, *, seed=0):
    """Return inputs [samples, 3] and int64 targets [samples] of two classes, which can be learned."""
    inputs = numbers(samples, 3, seed=seed)
    return inputs, (inputs.sum(1) > 0).long()


def linear(inputs=3, outputs=2):
    """Return a model with the same weights in each call."""
    retorch.seed_everything(SEED)
    return nn.Linear(inputs, outputs)


def mlp(dropout=0.0, *, norm=False):
    """Return a small network with the same weights in each call."""
    retorch.seed_everything(SEED)
    middle = [nn.BatchNorm1d(6)] if norm else []
    return nn.Sequential(nn.Linear(3, 6), *middle, nn.ReLU(), nn.Dropout(dropout), nn.Linear(6, 2))


def sgd(model, lr=0.1, **options):
    return torch.optim.SGD(model.parameters(), lr=lr, **options)


def make_trainer(model=None, optimizer=None, **settings):
    """Return a Trainer on the CPU; a mean squared error unless the test says otherwise."""
    model = linear() if model is None else model
    optimizer = sgd(model) if optimizer is None else optimizer
    if "step" not in settings:
        settings.setdefault("loss", nn.MSELoss())
    return retorch.Trainer(model, optimizer, **{"seed": SEED, "device": "cpu"} | settings)


def weights(model):
    """Return copies of everything in a model's state."""
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def assert_same_bits(left, right):
    """Compare two models, or what `weights` returned."""
    left, right = (weights(one) if isinstance(one, nn.Module) else one for one in (left, right))
    assert left.keys() == right.keys()
    for name, tensor in left.items():
        assert torch.equal(tensor, right[name]), name


def by_hand(model, descend, data, *, epochs, batch_size=8, epoch_over=lambda: None):
    """Train as a plain PyTorch loop with the keys of a run; return the mean loss of each epoch.

    `descend(batch)` does a whole step and returns the batch's mean loss.
    """
    loader = retorch.Loader(data, batch_size, shuffle=True, seed=SEED)
    step, means = 0, []
    for _ in range(epochs):
        model.train()
        total = count = 0
        for batch in loader:
            seed_streams(key(SEED, "step", step, 0))
            total += descend(batch).item() * len(batch[0])
            count += len(batch[0])
            step += 1
        means.append(total / count)
        epoch_over()
    return means


def descending(model, optimizer, criterion):
    """Return the step that everybody writes."""

    def descend(batch):
        inputs, targets = batch
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return descend


TRAIN, VALID = regression(), regression(10, seed=5)
LIVE = {"batch_size": 8, "quiet": True}


def fit(trainer, valid=None, *, epochs=3, **options):
    return trainer.fit(TRAIN, valid, epochs=epochs, **(LIVE | options))
