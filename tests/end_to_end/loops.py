"""Hand-written loops: what a training is made of."""

from __future__ import annotations

import torch
from ingredients import (
    BATCH,
    adam,
    cross_entropy,
    descend,
    draw,
    fingerprint,
    mlp,
    training_set,
    validate,
    validation_set,
)
from places import at
from scenarios import SEED, scenario
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau, StepLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

import retorch


@scenario()
def shuffle(folder, options):
    retorch.seed_everything(SEED)
    model = mlp()
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for _ in run.epochs(options.epochs):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
            if isinstance(options.validate, int) and run.step % options.validate == 0:
                validate(run, model)
        if options.validate == "epoch":
            validate(run, model)
    return fingerprint(model)


@scenario()
def dropout(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.4)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for _ in run.epochs(options.epochs):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
            if isinstance(options.validate, int) and run.step % options.validate == 0:
                validate(run, model)
        if options.validate == "epoch":
            validate(run, model)
    return fingerprint(model)


@scenario()
def batch_norm_and_a_schedule_per_step(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(norm=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = OneCycleLR(optimizer, max_lr=0.2, total_steps=39)
    run = options.run(folder, model=model, optimizer=optimizer, scheduler=scheduler)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for _ in run.epochs(3):
        for batch in run.steps(loader):
            loss = descend(model, optimizer, batch)
            scheduler.step()
            run.log(loss=loss, lr=scheduler.get_last_lr()[0])
    return fingerprint(model)


@scenario()
def changes_and_draws_between_epochs(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    table = torch.randn(10)  # after the run was made: the same in every start
    for epoch in run.epochs(4):
        at("before steps")
        before = draw()
        run.log(**{f"before.{name}": value for name, value in before.items()})
        with torch.no_grad():
            model[0].weight.add_(0.01 * torch.randn(24, 64) * before["numpy"])
        at("before steps")
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch), drawn=draw()["python"])
        at("after steps")
        run.log(**{f"after.{name}": value for name, value in draw().items()}, epoch_number=epoch)
        with torch.no_grad():
            model[3].bias.add_(0.01 * table * torch.rand(10))
        for group in optimizer.param_groups:
            group["lr"] *= 0.8
        at("after steps")
    return [fingerprint(model), draw()]


@scenario()
def left_by_break(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for epoch in run.epochs(5):
        for batch in run.steps(loader):
            loss = descend(model, optimizer, batch)
            run.log(loss=loss)
            if run.batch == 2 + 2 * epoch or loss.item() < 0.02:
                break
        at("after break")
        run.log(validation=validate(run, model), **draw())
    return fingerprint(model)


@scenario()
def left_before_the_step(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for epoch in run.epochs(5):
        for inputs, targets in run.steps(loader):
            at("step")
            loss = cross_entropy(model(inputs), targets)
            loss.backward()
            if run.batch == 5 + epoch:
                break  # the gradients of this pass stay, as nothing has used them
            optimizer.step()
            optimizer.zero_grad()
            at("stepped")
            run.log(loss=loss)
    return fingerprint(model)


@scenario()
def a_skipped_step(folder, options):
    retorch.seed_everything(SEED)
    model = mlp()
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for _ in run.epochs(4):
        for inputs, targets in run.steps(loader):
            at("step")
            if torch.rand(()) < 0.2:
                continue
            optimizer.zero_grad()
            loss = cross_entropy(model(inputs), targets)
            loss.backward()
            norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            if norm > 2:
                run.log(skipped=norm)
                continue
            optimizer.step()
            at("stepped")
            run.log(loss=loss)
    return fingerprint(model)


@scenario()
def two_optimizers(folder, options):
    """A small GAN: the generator steps in each second pass, on gradients that were collected in both."""
    retorch.seed_everything(SEED)
    generator = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 64), nn.Sigmoid())
    critic = nn.Sequential(nn.Linear(64, 24), nn.LeakyReLU(0.2), nn.Dropout(0.2), nn.Linear(24, 1))
    slow = torch.optim.Adam(generator.parameters(), lr=0.005)
    fast = torch.optim.RMSprop(critic.parameters(), lr=0.002)
    run = options.run(folder, generator=generator, critic=critic, slow=slow, fast=fast)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    judge = nn.functional.binary_cross_entropy_with_logits
    for _ in run.epochs(3):
        for inputs, _ in run.steps(loader):
            at("step")
            fake = generator(torch.randn(len(inputs), 8))
            real, made = critic(inputs), critic(fake.detach())
            fast.zero_grad()
            loss = judge(real, torch.ones_like(real)) + judge(made, torch.zeros_like(made))
            loss.backward()
            fast.step()
            at("first stepped")
            fooled = critic(fake)
            judge(fooled, torch.ones_like(fooled)).backward()
            if run.step % 2:
                slow.step()
                slow.zero_grad()
                at("second stepped")
            run.log(critic=loss)
    return fingerprint(generator, critic)


@scenario()
def accumulation_by_hand(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.3)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), 6, shuffle=True)
    for _ in run.epochs(2):
        for inputs, targets in run.steps(loader):
            loss = cross_entropy(model(inputs), targets) / 4
            loss.backward()
            at(f"window {run.batch % 4}")
            if run.batch % 4 == 3:
                optimizer.step()
                optimizer.zero_grad()
                at("stepped")
            run.log(loss=loss)
    return fingerprint(model)


@scenario()
def fp16_with_a_scaler(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**20, growth_interval=5)
    run = options.run(folder, model=model, optimizer=optimizer, scaler=scaler)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for _ in run.epochs(2):
        for inputs, targets in run.steps(loader):
            at("step")
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.float16):
                loss = cross_entropy(model(inputs), targets)
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            scaler.step(optimizer)
            scaler.update()
            at("stepped")
            run.log(loss=loss, scale=scaler.get_scale())
    return fingerprint(model)


@scenario()
def bf16_and_an_average_of_weights(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.2, norm=True)
    optimizer = adam(model)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True)
    run = options.run(folder, model=model, optimizer=optimizer, average=average)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for _ in run.epochs(3):
        for inputs, targets in run.steps(loader):
            at("step")
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = cross_entropy(model(inputs), targets)
            loss.backward()
            optimizer.step()
            at("stepped")
            average.update_parameters(model)
            run.log(loss=loss)
        run.log(validation=validate(run, average))
    return fingerprint(model, average)


@scenario()
def validation_inside_and_after(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.3, norm=True)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    run.state.setdefault("best", float("inf"))
    for _ in run.epochs(3):
        for batch in run.steps(loader):
            loss = descend(model, optimizer, batch)
            if run.step % 5 == 4:
                validate(run, model)
                score = validate(run, model)
                if score < run.state.best:
                    run.state.best = score
                    run.checkpoint("best")
            run.log(loss=loss + 0 * draw()["torch"], drawn=draw()["python"])
        validate(run, model)
        run.log(twice=validate(run, model), drawn=draw()["numpy"])
    return [fingerprint(model), run.state.best, run.best_checkpoint.name]


@scenario()
def plateau_on_a_validation(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.1)
    optimizer = adam(model, 0.05)
    scheduler = ReduceLROnPlateau(optimizer, patience=0, factor=0.3)
    run = options.run(folder, model=model, optimizer=optimizer, scheduler=scheduler)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for _ in run.epochs(4):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
        scheduler.step(validate(run, model))
        at("after steps")
        run.log(lr=optimizer.param_groups[0]["lr"])
    return [fingerprint(model), optimizer.param_groups[0]["lr"]]


@scenario()
def a_channels_last_net_with_a_schedule_per_epoch(folder, options):
    retorch.seed_everything(SEED)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.Flatten(),
        nn.Linear(288, 10),
    ).to(memory_format=torch.channels_last)  # fmt: skip
    optimizer = adam(model)
    scheduler = StepLR(optimizer, 1, gamma=0.5)
    run = options.run(folder, model=model, optimizer=optimizer, scheduler=scheduler)
    images, labels = training_set()
    loader = retorch.Loader((images.reshape(-1, 1, 8, 8), labels), BATCH, shuffle=True)
    for _ in run.epochs(3):
        for inputs, targets in run.steps(loader):
            batch = inputs.contiguous(memory_format=torch.channels_last), targets
            run.log(loss=descend(model, optimizer, batch))
        scheduler.step()
    return [fingerprint(model), list(model[3].weight.stride())]


@scenario()
def a_quasi_newton_optimizer(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(hidden=8)
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=3, history_size=4)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), 30, shuffle=True)
    for _ in run.epochs(3):
        for inputs, targets in run.steps(loader):
            at("step")

            def closure(inputs=inputs, targets=targets):
                optimizer.zero_grad()
                loss = cross_entropy(model(inputs), targets)
                loss.backward()
                return loss

            run.log(loss=optimizer.step(closure))
            at("stepped")
    return fingerprint(model)


@scenario(threads=(2, 1, 3))
def two_logical_threads(folder, options):
    """Layers so wide that the number of threads decides bits."""
    retorch.seed_everything(SEED)
    model = mlp(0.2, hidden=768)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), 50, shuffle=True)
    for _ in run.epochs(4):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
    inputs, _ = validation_set()
    return [fingerprint(model), torch.get_num_threads(), model(inputs).sum().item()]
