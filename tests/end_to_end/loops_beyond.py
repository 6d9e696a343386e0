"""Hand-written loops that a resume does not continue exactly, as they stand; beside most, the twin that it does.

The code between `for epoch` and `for batch` runs again at a resume inside the epoch, and reads the state that the
checkpoint holds, not the one that the epoch began with. `run.state` can remember what an epoch began with.
"""

from __future__ import annotations

import torch
from ingredients import (
    BATCH,
    Wandering,
    adam,
    cross_entropy,
    descend,
    fingerprint,
    mlp,
    training_set,
    validation_set,
)
from places import at
from scenarios import SEED, scenario
from torch.utils.data import DataLoader, TensorDataset

import retorch


@scenario(special=True)
def choices_before_the_steps(folder, options):
    """What the code before the steps of an epoch reads: memory, a generator of its own, the learning rate."""
    retorch.seed_everything(SEED)
    model = mlp()
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    rng = run.rng()
    run.state.setdefault("steps", 0)
    images, labels = training_set()
    loaders = [retorch.Loader((images[part::2], labels[part::2]), BATCH, shuffle=True) for part in range(2)]
    for _ in run.epochs(4):
        shift = rng.normal()
        part = run.state.steps % 2
        for inputs, targets in run.steps(loaders[part]):
            run.state.steps += 1
            run.log(loss=descend(model, optimizer, (inputs + shift, targets)))
    return fingerprint(model)


@scenario()
def choices_before_the_steps_remembered(folder, options):
    retorch.seed_everything(SEED)
    model = mlp()
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    rng = run.rng()
    run.state.setdefault("steps", 0)
    images, labels = training_set()
    loaders = [retorch.Loader((images[part::2], labels[part::2]), BATCH, shuffle=True) for part in range(2)]
    for _ in run.epochs(4):
        if run.epoch_begins:
            run.state.update(shift=rng.normal(), part=run.state.steps % 2)
        for inputs, targets in run.steps(loaders[run.state.part]):
            run.state.steps += 1
            run.log(loss=descend(model, optimizer, (inputs + run.state.shift, targets)))
    return fingerprint(model)


@scenario(special=True)
def a_copy_made_before_the_steps(folder, options):
    """The weights at the start of each epoch are the anchor of its steps, as in proximal methods."""
    retorch.seed_everything(SEED)
    model = mlp()
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for _ in run.epochs(3):
        anchor = [parameter.detach().clone() for parameter in model.parameters()]
        for inputs, targets in run.steps(loader):
            at("step")
            optimizer.zero_grad()
            away = sum(((now - then) ** 2).sum() for now, then in zip(model.parameters(), anchor, strict=True))
            loss = cross_entropy(model(inputs), targets) + away
            loss.backward()
            optimizer.step()
            at("stepped")
            run.log(loss=loss)
    return fingerprint(model)


@scenario()
def a_copy_made_before_the_steps_remembered(folder, options):
    retorch.seed_everything(SEED)
    model = mlp()
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for _ in run.epochs(3):
        if run.epoch_begins:
            run.state.anchor = [parameter.detach().clone() for parameter in model.parameters()]
        for inputs, targets in run.steps(loader):
            at("step")
            optimizer.zero_grad()
            pairs = zip(model.parameters(), run.state.anchor, strict=True)
            loss = cross_entropy(model(inputs), targets) + sum(((now - then) ** 2).sum() for now, then in pairs)
            loss.backward()
            optimizer.step()
            at("stepped")
            run.log(loss=loss)
    return fingerprint(model)


@scenario(special=True)
def weights_in_state_that_are_no_copy(folder, options):
    """A mistake that many make: `state_dict()` shares memory with the model, so this is no copy."""
    retorch.seed_everything(SEED)
    model = mlp(0.3)
    optimizer = adam(model, 0.05)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for epoch in run.epochs(4):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
        if epoch == 1:
            run.state.weights = model.state_dict()
    model.load_state_dict(run.state.weights)
    return fingerprint(model)


@scenario()
def a_sampler_of_ones_own_made_anew_each_epoch(folder, options):
    retorch.seed_everything(SEED)
    model = mlp()
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    data = TensorDataset(*training_set())
    for _ in run.epochs(4):
        loader = DataLoader(data, BATCH, sampler=Wandering(len(data)))
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
    return fingerprint(model)


@scenario()
def a_shuffled_loader_for_validation(folder, options):
    """The validation's own loader moves on from pass to pass; its sums depend on the order."""
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    held_out = retorch.Loader(validation_set(), 7, shuffle=True)
    for _ in run.epochs(4):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
        with run.evaluating(model):
            at("validation")
            for inputs, targets in held_out:
                run.log(loss=torch.nn.functional.cross_entropy(model(inputs), targets))
    return fingerprint(model)


@scenario()
def a_shuffled_loader_for_validation_tracked(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    held_out = retorch.Loader(validation_set(), 7, shuffle=True)
    run.track(held_out=held_out)
    for _ in run.epochs(4):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
        with run.evaluating(model):
            at("validation")
            for inputs, targets in held_out:
                run.log(loss=torch.nn.functional.cross_entropy(model(inputs), targets))
    return fingerprint(model)


@scenario(special=True)
def two_walks_zipped(folder, options):
    model = mlp()
    run = options.run(folder, model=model)
    one, two = (retorch.Loader(training_set(30), BATCH, shuffle=True) for _ in range(2))
    for _ in run.epochs(1):
        for _batches in zip(run.steps(one), run.steps(two), strict=True):
            at("step")


@scenario(special=True)
def two_walks_nested(folder, options):
    model = mlp()
    run = options.run(folder, model=model)
    one, two = (retorch.Loader(training_set(30), BATCH, shuffle=True) for _ in range(2))
    for _ in run.epochs(1):
        for _outer in run.steps(one):
            for _inner in run.steps(two):
                at("step")
