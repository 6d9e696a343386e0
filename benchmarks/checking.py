"""What the checker adds to a training step, while each operation is watched and afterwards.

    python benchmarks/checking.py            about two minutes
    python benchmarks/checking.py --quick    does it run at all?

The same loop over a DataLoader runs plain and under `retorch.checking`, one training after the other, in turns. A step
is one pass of the body with what the loader does for it. `retorch check` watches each call of torch in the first steps
only (three, without `--steps`): "within" is a training in which all steps are such. "Soon after" are the steps in which
the loop is still new to it, "later" those in which it goes on as it went; all of them are in the first epoch, whose
samples are read. The first time that a line is met, its place is looked up; that is not counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from measuring import against, median, ratios, read_options, show, spread
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from retorch import checking


@dataclass(frozen=True)
class Part:
    """A part of a training.

    Attributes:
        name: which.
        watched: so many steps are watched operation by operation; None without the checker.
        first: so many steps come before those that are counted.
    """

    name: str
    watched: int | None
    first: int


PLAIN = Part("plain", None, 6)
WITHIN = Part("within the watched steps", 10_000, 6)
SOON = Part("soon after", 3, 6)
LATER = Part("later", 3, 40)


@dataclass(frozen=True)
class Size:
    """A training.

    Attributes:
        name: about what a step takes.
        make: builds the network.
        batch: shape of a batch.
        steps: how many are counted.
        within: the goal, in plain steps, within the watched steps.
        after: the goal after them.
    """

    name: str
    make: Callable[[], nn.Module]
    batch: tuple[int, ...]
    steps: int
    within: float
    after: float


def perceptron() -> nn.Module:
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def convolutions() -> nn.Module:
    layers: list[nn.Module] = []
    for before, after in ((3, 32), (32, 32), (32, 32), (32, 64)):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.1), nn.Linear(64, 10))


SIZES = (
    Size("0.5 ms", perceptron, (32, 64), 200, within=4, after=1.3),
    Size("30 ms", convolutions, (8, 3, 24, 24), 20, within=1.5, after=1.05),
)


def main() -> None:
    assert __doc__ is not None
    options = read_options(__doc__, turns=15)
    torch.set_num_threads(1)
    rows = []
    for size in SIZES:
        readings: dict[Part, list[float]] = {part: [] for part in (PLAIN, WITHIN, SOON, LATER)}
        for _ in range(options.turns):
            for part, values in readings.items():
                values.append(step_of(size, part, 2 if options.quick else size.steps))
        rows += [row(size, part, readings) for part in (WITHIN, SOON, LATER)]
    show(
        f"A step under retorch.checking, median of {options.turns} turns",
        ("", "plain us", "checked us", "ratio", "middle half", "goal"),
        rows,
    )


def step_of(size: Size, part: Part, count: int) -> float:
    """Return the seconds of a step in a fresh training."""
    if part is SOON:  # there are no more of them
        count = min(count, LATER.first // 2)
    with nullcontext() if part.watched is None else checking(steps=part.watched):
        return train(size, part.first, count)


def train(size: Size, first: int, count: int) -> float:
    model = size.make()
    optimizer, criterion = torch.optim.Adam(model.parameters()), nn.CrossEntropyLoss()
    samples = size.batch[0] * (first + count + 1)
    data = TensorDataset(torch.randn(samples, *size.batch[1:]), torch.randint(10, (samples,)))
    start = 0.0
    for number, (inputs, targets) in enumerate(DataLoader(data, batch_size=size.batch[0])):
        if number == first:
            start = time.perf_counter()
        if number == first + count:
            break
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
    return (time.perf_counter() - start) / count


def row(size: Size, part: Part, readings: dict[Part, list[float]]) -> tuple[str, ...]:
    over = ratios(readings[part], readings[PLAIN])
    return (
        f"{size.name} step, {part.name}", f"{median(readings[PLAIN]) * 1e6:,.0f}",
        f"{median(readings[part]) * 1e6:,.0f}", f"{median(over):.2f}", spread(over),
        against(median(over), size.within if part is WITHIN else size.after),
    )  # fmt: skip


if __name__ == "__main__":
    main()
