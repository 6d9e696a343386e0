"""Hand-written loops: what must be remembered, and what changes on the way."""

from __future__ import annotations

import torch
from ingredients import (
    BATCH,
    adam,
    cross_entropy,
    descend,
    fingerprint,
    mlp,
    training_set,
    validate,
)
from places import at
from scenarios import SEED, scenario
from torch import nn

import retorch


@scenario()
def memory_in_state(folder, options):
    """`run.state` is given its first values by plain lines, which run again in every start."""
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    run.state.best = float("inf")
    run.state.losses = []
    run.state.average = torch.zeros(10)
    for epoch in run.epochs(4):
        for batch in run.steps(loader):
            loss = descend(model, optimizer, batch).item()
            run.state.losses.append(loss)
            run.state.average.mul_(0.9).add_(model[3].bias.detach())
            if loss < run.state.best:
                run.state.best = loss
                run.state.where = (epoch, run.batch)
            run.log(loss=loss)
        with torch.no_grad():
            model[3].bias.copy_(run.state.average / 10)
    return [fingerprint(model), run.state.best, run.state.where, run.state.losses]


@scenario()
def memory_under_a_second_name(folder, options):
    """The list and the tensor in `run.state` are used through plain variables."""
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    losses = run.state.setdefault("losses", [])
    counts = run.state.setdefault("counts", {"steps": 0})
    average = run.state.setdefault("average", torch.zeros(10))
    for _ in run.epochs(3):
        for batch in run.steps(loader):
            losses.append(descend(model, optimizer, batch).item())
            counts["steps"] += 1
            average.mul_(0.9).add_(model[3].bias.detach())
        run.log(mean=sum(losses) / len(losses), steps=counts["steps"])
        with torch.no_grad():
            model[3].bias.copy_(average / 10)
    return [fingerprint(model), losses, counts]


@scenario()
def best_weights_in_state(folder, options):
    """The best weights are copied into `run.state` and come back at the end."""
    retorch.seed_everything(SEED)
    model = mlp(0.3)
    optimizer = adam(model, 0.05)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    run.state.setdefault("best", float("inf"))
    for _ in run.epochs(4):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
        score = validate(run, model)
        if score < run.state.best:
            run.state.best = score
            run.state.weights = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(run.state.weights)
    return fingerprint(model)


@scenario()
def results_filled_on_the_way(folder, options):
    retorch.seed_everything(SEED)
    model = mlp(0.3)
    optimizer = adam(model, 0.05)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for epoch in run.epochs(4):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
        score = validate(run, model)
        if score < run.result.get("best", float("inf")):
            run.result.update(best=score, best_epoch=epoch)
        at("after steps")
    return [fingerprint(model), run.result]


@scenario()
def unfreezing_and_new_groups(folder, options):
    retorch.seed_everything(SEED)
    model = nn.Sequential(nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 10))
    model[0].requires_grad_(requires_grad=False)
    model[2].requires_grad_(requires_grad=False)
    optimizer = torch.optim.AdamW(model[4].parameters(), lr=0.02)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for epoch in run.epochs(4):
        at("before steps")
        if epoch == 1:
            model[2].requires_grad_()
            optimizer.add_param_group({"params": list(model[2].parameters()), "lr": 0.005})
        if epoch == 2:
            model[0].requires_grad_()
            optimizer.add_param_group({"params": list(model[0].parameters()), "lr": 0.001})
        at("before steps")
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
    return [fingerprint(model), [group["lr"] for group in optimizer.param_groups]]


@scenario()
def left_in_eval_mode(folder, options):
    """A loop that forgets `model.train()`: what it does is wrong, and repeatable."""
    retorch.seed_everything(SEED)
    model = mlp(0.3, norm=True)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    inputs, _ = training_set(20)
    for epoch in run.epochs(3):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
            if epoch == 1 and run.batch == 5:
                model.eval()
                run.log(mean=model(inputs).mean())
    return [fingerprint(model), model.training]


@scenario()
def a_carried_hidden_state(folder, options):
    """Truncated backpropagation: the hidden state goes from batch to batch."""
    retorch.seed_everything(SEED)
    model = nn.ModuleDict({"net": nn.GRU(8, 12, 2, batch_first=True, dropout=0.2), "head": nn.Linear(12, 10)})
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), 15, shuffle=True)
    run.state.setdefault("hidden", torch.zeros(2, 15, 12))
    for _ in run.epochs(3):
        for inputs, targets in run.steps(loader):
            at("step")
            optimizer.zero_grad()
            outputs, hidden = model["net"](inputs.reshape(-1, 8, 8), run.state.hidden)
            loss = cross_entropy(model["head"](outputs[:, -1]), targets)
            loss.backward()
            optimizer.step()
            run.state.hidden = hidden.detach()
            at("stepped")
            run.log(loss=loss)
    return fingerprint(model)


class Centered(nn.Module):
    """A layer that keeps a running center in a buffer which is not persistent."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(64, 10)
        self.register_buffer("center", torch.zeros(10), persistent=False)

    def forward(self, inputs):
        outputs = self.layer(inputs)
        if self.training:
            self.center.mul_(0.9).add_(outputs.detach().mean(0), alpha=0.1)
        return outputs - self.center


@scenario()
def a_buffer_that_is_not_persistent(folder, options):
    retorch.seed_everything(SEED)
    model = Centered()
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for _ in run.epochs(3):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
    return fingerprint(model)


@scenario()
def tied_weights_and_parametrizations(folder, options):
    retorch.seed_everything(SEED)
    model = nn.ModuleDict({"one": nn.Linear(64, 64), "two": nn.Linear(64, 64), "head": nn.Linear(64, 10)})
    model["two"].weight = model["one"].weight
    nn.utils.parametrizations.spectral_norm(model["head"])
    optimizer = torch.optim.NAdam(model.parameters(), lr=0.01)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for _ in run.epochs(3):
        for inputs, targets in run.steps(loader):
            at("step")
            optimizer.zero_grad()
            loss = cross_entropy(model["head"](model["two"](model["one"](inputs).relu()).relu()), targets)
            loss.backward()
            optimizer.step()
            at("stepped")
            run.log(loss=loss)
    return [fingerprint(model), model["two"].weight is model["one"].weight]


@scenario(special=True)
def two_saves(folder, options):
    """As short as a run with a first, a middle and a last save can be."""
    retorch.seed_everything(SEED)
    model = mlp(0.2)
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(48), BATCH, shuffle=True)
    for _ in run.epochs(2):
        for batch in run.steps(loader):
            run.log(loss=descend(model, optimizer, batch))
    run.result["last"] = 1
    return fingerprint(model)


@scenario(special=True)
def a_variable_of_its_own(folder, options):
    """Wrong on purpose: the running mean lives in a Python variable, so a resume must end with other bits."""
    retorch.seed_everything(SEED)
    model = mlp()
    optimizer = adam(model)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    mean = 0.0
    for _ in run.epochs(2):
        for batch in run.steps(loader):
            loss = descend(model, optimizer, batch)
            mean = 0.9 * mean + 0.1 * loss.item()
            optimizer.param_groups[0]["lr"] = 0.01 / (1 + mean)
    return fingerprint(model)


@scenario()
def parameters_that_no_module_holds(folder, options):
    """The optimizer trains a bare tensor and a head besides the model; the run is given neither."""
    retorch.seed_everything(SEED)
    model, head = mlp(0.2), nn.Linear(10, 10)
    temperature = torch.ones((), requires_grad=True)
    optimizer = torch.optim.Adam([{"params": [*model.parameters(), temperature]}, {"params": head.parameters()}], 0.01)
    run = options.run(folder, model=model, optimizer=optimizer)
    loader = retorch.Loader(training_set(), BATCH, shuffle=True)
    for _ in run.epochs(3):
        for inputs, targets in run.steps(loader):
            at("step")
            optimizer.zero_grad()
            loss = cross_entropy(head(model(inputs)) / temperature, targets)
            loss.backward()
            optimizer.step()
            at("stepped")
            run.log(loss=loss)
    return [fingerprint(model), fingerprint(head), temperature.item()]
