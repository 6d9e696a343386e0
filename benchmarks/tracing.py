"""What `tracing_memory` adds to an operation, beside a dispatch mode that only hands operations on.

    python benchmarks/tracing.py            about a minute
    python benchmarks/tracing.py --quick    does it run at all?

Tiny tensors, so that the arithmetic is nothing and the price of an operation is all there is. In each turn the same
code runs plain, under the bare mode and under `tracing_memory`. An operation is what torch dispatches: three of them
are `x.t().reshape(8)`, some hundred a training step. Places are looked at in detail once, before the clock starts.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import torch
from measuring import against, median, ratios, read_options, show, spread, timed
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from retorch import tracing_memory

GOAL_US = 8


class Bare(TorchDispatchMode):
    """Hands on, as the examples in torch's documentation do, and counts."""

    operations = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.operations += 1
        return func(*args, **(kwargs or {}))


def main() -> None:
    assert __doc__ is not None
    options = read_options(__doc__, turns=31)
    torch.set_num_threads(1)
    times = 20 if options.quick else 1000
    report({name: measure(code, times, options.turns) for name, code in programs().items()}, options.turns)


def programs() -> dict[str, Callable[[], object]]:
    x, table, index = torch.ones(8), torch.ones(2, 4), torch.tensor([0, 1])
    return {
        "x.add(x), nothing to tell": lambda: x.add(x),
        "x.view(2, 4), nothing to tell": lambda: x.view(2, 4),
        "x.add_(x), a write": lambda: x.add_(x),
        "x.clone(), a copy": x.clone,
        "table.t().reshape(8), a copy": lambda: table.t().reshape(8),
        "table.index_select, a copy": lambda: table.index_select(0, index),
        "a training step, Adam, foreach": training(foreach=True),
        "a training step, Adam, one by one": training(foreach=False),
    }


def training(*, foreach: bool) -> Callable[[], object]:
    layers = [layer for _ in range(4) for layer in (nn.Linear(8, 8), nn.BatchNorm1d(8), nn.ReLU())]
    model = nn.Sequential(*layers)
    optimizer = torch.optim.Adam(model.parameters(), foreach=foreach)
    inputs, targets = torch.ones(4, 8), torch.zeros(4, 8)

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.mse_loss(model(inputs), targets).backward()
        optimizer.step()

    return step


def measure(code: Callable[[], object], times: int, turns: int) -> dict[str, list[float]]:
    """Return the microseconds of one operation in each turn, by what is round it."""
    with Bare() as counting:
        code()
    times = max(times // counting.operations, 5)
    rounds: dict[str, Callable[[], AbstractContextManager[Any]]] = {
        "plain": nullcontext, "bare": Bare, "traced": tracing_memory
    }  # fmt: skip
    readings: dict[str, list[float]] = {name: [] for name in rounds}
    for turn in range(turns):
        for name in sorted(rounds, reverse=turn % 2 == 1):  # nobody always comes first
            with rounds[name]():
                code()
                seconds = timed(partial(repeat, code, times))
            readings[name].append(seconds * 1e6 / times / counting.operations)
    return readings


def repeat(code: Callable[[], object], times: int) -> None:
    for _ in range(times):
        code()


def report(readings: dict[str, dict[str, list[float]]], turns: int) -> None:
    rows = []
    for name, by in readings.items():
        bare = [one - plain for one, plain in zip(by["bare"], by["plain"], strict=True)]
        ours = [one - plain for one, plain in zip(by["traced"], by["plain"], strict=True)]
        rows.append((name, f"{median(by['plain']):.1f}", f"{median(bare):.1f}", f"{median(ours):.1f}", spread(ours),
                     f"{median(ratios(by['traced'], by['bare'])):.2f}", against(median(ours), GOAL_US)))  # fmt: skip
    show(
        f"tracing_memory, microseconds an operation, median of {turns} turns",
        ("", "plain", "bare mode adds", "retorch adds", "middle half", "over bare", "goal"),
        rows,
        "'over bare' is the whole time under tracing_memory over that under the bare mode, in the same turn.",
    )


if __name__ == "__main__":
    main()
