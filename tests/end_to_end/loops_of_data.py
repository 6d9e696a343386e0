"""Hand-written loops: where the batches come from, and how they are walked."""

from __future__ import annotations

import numpy as np
import torch
from ingredients import (
    BATCH,
    Augmented,
    NoisyWithItsOwn,
    Streamed,
    Wandering,
    adam,
    descend,
    draw,
    fingerprint,
    mlp,
    training_set,
    validate,
)
from places import at
from scenarios import SEED, scenario
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

import retorch


@scenario(workers=(0, 2, 1, 3))
def augmentation(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(Augmented(), BATCH, shuffle=True, workers=options.workers)
    for _ in run.epochs(3):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch), pixel=batch[0][0, 0], **draw())
    return fingerprint(model)


@scenario(workers=(2, 0, 1))
def the_plain_dataloader(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = DataLoader(Augmented(), BATCH, shuffle=True, num_workers=options.workers, drop_last=True)
    for _ in run.epochs(3):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch), pixel=batch[0][0, 0])
    return fingerprint(model)


@scenario()
def weighted_samples_made_anew_each_epoch(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    images, labels = training_set()
    for epoch in run.epochs(4):
        chances = 1.0 + (labels == epoch).float()
        sampler = WeightedRandomSampler(chances, 100)
        loader = DataLoader(TensorDataset(images, labels), BATCH, sampler=sampler)
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
        at("after steps")
    return fingerprint(model)


@scenario(workers=(0, 2))
def a_sampler_of_ones_own(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    data = TensorDataset(*training_set())
    loader = DataLoader(data, BATCH, sampler=Wandering(len(data)), num_workers=options.workers)
    for epoch in run.epochs(4):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
            if epoch == 1 and run.batch == 6:
                break
    return fingerprint(model)


@scenario()
def an_iterable_data_set(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = DataLoader(Streamed(), BATCH)
    for epoch in run.epochs(4):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
            if epoch == 2 and run.batch == 4:
                break
    return fingerprint(model)


@scenario()
def a_generator_of_batches(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    images, labels = training_set()

    def batches():
        while True:
            rows = torch.randint(len(images), (BATCH,))
            yield images[rows] + 0.1 * torch.randn(BATCH, 64), labels[rows]

    stream = batches()
    for _ in run.epochs(3):
        for batch in run.steps(stream):
            run.log(loss=descend(model, optimizer, batch))
            if run.batch == 9:
                break
    return fingerprint(model)


@scenario()
def two_loaders_one_after_the_other(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    images, labels = training_set()
    first = retorch.Loader((images[:70], labels[:70]), BATCH, shuffle=True)
    second = DataLoader(TensorDataset(images[70:], labels[70:]), BATCH, shuffle=True)
    for _ in run.epochs(3):
        for batch in run.steps(first):
            run.log(first=descend(model, optimizer, batch))
        at("between walks")
        with torch.no_grad():
            model[0].weight.mul_(1 + 0.01 * torch.rand(()))
        run.log(between=draw()["torch"])
        for batch in run.steps(second):
            run.log(second=descend(model, optimizer, batch))
        at("between walks")
        for batch in run.steps(first):
            run.log(again=descend(model, optimizer, batch))
            if run.batch == 3:
                break
    return fingerprint(model)


@scenario()
def batches_of_similar_length(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    images, labels = training_set()
    loader = retorch.Loader((images, labels), BATCH, shuffle=True, lengths=labels.tolist(), drop_last=True)
    for _ in run.epochs(3):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
    return fingerprint(model)


@scenario()
def generators_of_ones_own(folder, options):
    retorch.seed_everything(SEED)
    model = mlp()
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    noise, mask = np.random.default_rng(5), torch.Generator().manual_seed(6)
    run.track(noise=noise, mask=mask)
    rng = run.rng()
    loader = retorch.Loader(NoisyWithItsOwn(noise), BATCH, shuffle=True)
    for _ in run.epochs(3):
        for inputs, targets in run.steps(loader):
            kept = (torch.rand(inputs.shape, generator=mask) > 0.1).float()
            run.log(loss=descend(model, optimizer, (inputs * kept + rng.normal(), targets)))
        with run.evaluating(model):
            at("validation")
            rng.normal(size=5)
            torch.rand(3, generator=mask)
        run.log(drawn=rng.normal())
    return [fingerprint(model), rng.normal()]


@scenario()
def epochs_by_range(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for _ in range(3):
        at("before steps")
        with torch.no_grad():
            model[3].bias.mul_(0.9)
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
        at("after steps")
        run.log(validation=validate(run, model), **draw())
    run.finish()
    return fingerprint(model)


@scenario()
def walks_over_epochs(folder, options):
    """Two phases: the second with a frozen layer and another learning rate."""
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for _ in run.epochs(2):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
    at("between walks")
    model[0].requires_grad_(requires_grad=False)
    model[0].weight.grad = model[0].bias.grad = None
    optimizer.param_groups[0]["lr"] = 0.003
    at("between walks")
    for epoch in run.epochs(2):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
        run.log(number=epoch)
    return fingerprint(model)


@scenario()
def steps_only(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), 6, shuffle=True)
    for batch in run.steps(loader):
        run.log(loss=descend(model, optimizer, batch))
    at("after steps")
    with torch.no_grad():
        model[0].weight.mul_(torch.rand(()))
    run.finish()
    return fingerprint(model)


@scenario()
def stopped_by_the_loop(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for epoch in run.epochs(10):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
            if run.step == 31:
                run.stop("seen enough")
        at("after steps")
        run.log(last=epoch, validation=validate(run, model))
    return [fingerprint(model), run.ended, run.step]


@scenario()
def epochs_without_steps(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(48), BATCH, shuffle=True)
    for epoch in run.epochs(30):
        at("epoch")
        with torch.no_grad():
            model[3].bias.add_(0.01 * torch.randn(10))
        run.log(number=epoch)
        run.checkpoint()
        if epoch % 18:
            continue
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
    return fingerprint(model)
