"""`Trainer`: the whole job."""

from __future__ import annotations

import torch
from ingredients import (
    BATCH,
    Augmented,
    accuracy,
    adam,
    cross_entropy,
    draw,
    fingerprint,
    mlp,
    training_set,
    validation_set,
)
from places import at
from scenarios import SEED, scenario
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau
from torch.utils.data import DataLoader

import retorch
from retorch.events import EpochEnded, StepEnded


def loss_with_places(outputs, targets):
    at("step")
    loss = cross_entropy(outputs, targets)
    at("backward")
    return loss


class Watcher(retorch.Observer):
    """Says where the training is, and draws random numbers, which an observer should not."""

    def attach(self, hub):
        hub.on(StepEnded, lambda _: at("stepped"))
        hub.on(EpochEnded, lambda _: at("after steps"))


def told(result):
    """Return a result as JSON values, without the folder that it lies in."""
    best = result.best and [result.best.metric, result.best.value, result.best.step, result.best.checkpoint.name]
    return [result.steps, result.epochs, result.reason, result.train, result.validation, best, list(result.history)]


@scenario()
def trainer(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2, norm=True)
    job = retorch.Trainer(
        model, adam(model), loss=loss_with_places, metrics={"accuracy": accuracy}, best=("accuracy", "max"),
        device="cpu", observers=[Watcher()],
    )  # fmt: skip
    result = job.fit(
        training_set(), validation_set(), epochs=options.epochs, batch_size=BATCH, run=folder, quiet=True,
        **options.checkpoints,
    )  # fmt: skip
    return [fingerprint(model), told(result)]


@scenario(workers=(0, 2, 1))
def trainer_with_much_of_everything(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2, norm=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    job = retorch.Trainer(
        model, optimizer, loss=loss_with_places, metrics={"accuracy": accuracy}, best="loss", clip_norm=0.5,
        scheduler=OneCycleLR(optimizer, 0.2, total_steps=12), schedule="step", precision="bf16", accumulate=4,
        average=0.8, device="cpu", seed=3, observers=[Watcher()],
    )  # fmt: skip
    result = job.fit(
        Augmented(), validation_set(), epochs=3, batch_size=10, run=folder, workers=options.workers, quiet=True,
        validate_every=2, config={"model": "mlp"}, **options.checkpoints,
    )  # fmt: skip
    return [fingerprint(model), told(result), job.evaluate(validation_set())]


@scenario()
def trainer_with_fp16_and_a_step_function(folder, options):
    def step(model, batch):
        inputs, targets = batch
        outputs = model(inputs + 0.1 * torch.rand_like(inputs))
        loss = loss_with_places(outputs, targets)
        return {"loss": loss, "drawn": draw()["python"], "outputs": outputs, "targets": targets}

    retorch.seed_everything(SEED)
    model = mlp(0.2)
    job = retorch.Trainer(
        model, adam(model), step=step, metrics={"accuracy": accuracy}, precision="fp16", accumulate=2,
        device="cpu", observers=[Watcher()],
    )  # fmt: skip
    result = job.fit(
        DataLoader(Augmented(100), BATCH, shuffle=True), validation_set(), epochs=3, run=folder, quiet=True,
        **options.checkpoints,
    )  # fmt: skip
    return [fingerprint(model), told(result)]


@scenario()
def trainer_stopping_early(folder, options):
    retorch.seed_everything(SEED)
    model = mlp()
    job = retorch.Trainer(
        model, adam(model, 0.05), loss=loss_with_places, metrics={"accuracy": accuracy}, best="loss",
        early_stopping=retorch.EarlyStopping("loss", patience=3), device="cpu", observers=[Watcher()],
    )  # fmt: skip
    result = job.fit(
        training_set(), validation_set(), epochs=20, batch_size=BATCH, run=folder, quiet=True,
        validate_every=6, **options.checkpoints,
    )  # fmt: skip
    assert result.reason.startswith("stopped early")
    return [fingerprint(model), told(result)]


@scenario()
def trainer_with_a_plateau(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.1)
    optimizer = adam(model, 0.05)
    job = retorch.Trainer(
        model, optimizer, loss=nn.CrossEntropyLoss(), metrics={"accuracy": accuracy}, device="cpu", accumulate=3,
        scheduler=ReduceLROnPlateau(optimizer, patience=0, factor=0.3), schedule="loss", observers=[Watcher()],
    )  # fmt: skip
    result = job.fit(
        training_set(), validation_set(), epochs=5, batch_size=8, run=folder, quiet=True, **options.checkpoints
    )  # fmt: skip
    return [fingerprint(model), told(result), optimizer.param_groups[0]["lr"]]


@scenario(special=True)
def trainer_watched(folder, options):
    """One training, watched in as many ways as the options ask for."""
    retorch.seed_everything(SEED)
    model = mlp(0.2, norm=True)
    job = retorch.Trainer(
        model, adam(model), loss=loss_with_places, metrics={"accuracy": accuracy}, device="cpu", accumulate=2,
        observers=[Watcher()] if options.observed else [],
    )  # fmt: skip
    result = job.fit(
        Augmented(100), validation_set() if options.validate else None, epochs=2, batch_size=BATCH, run=folder,
        quiet=options.quiet, workers=options.workers, validate_every=options.validate, **options.checkpoints,
    )  # fmt: skip
    return [fingerprint(model), result.train]


class LearnedTemperature(nn.Module):
    """A loss with a weight and a buffer of its own, which the optimizer trains too."""

    def __init__(self):
        super().__init__()
        self.temperature = nn.Parameter(torch.ones(()))
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, outputs, targets):
        if self.training:
            self.seen += len(targets)
        return loss_with_places(outputs / self.temperature, targets)


@scenario()
def trainer_with_a_loss_that_learns(folder, options):
    retorch.seed_everything(SEED)
    model, loss = mlp(0.2), LearnedTemperature()
    optimizer = torch.optim.Adam([*model.parameters(), *loss.parameters()], 0.01)
    job = retorch.Trainer(model, optimizer, loss=loss, device="cpu", observers=[Watcher()])
    result = job.fit(
        training_set(), validation_set(), epochs=options.epochs, batch_size=BATCH, run=folder, quiet=True,
        **options.checkpoints,
    )  # fmt: skip
    return [told(result), fingerprint(model), loss.temperature.item(), loss.seen.item()]
