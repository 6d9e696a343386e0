"""Trainings as users write them, each a plain function of a run folder. The kill test goes through all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import retorch

SEED = 7


@dataclass(frozen=True)
class Options:
    """What may change from start to start, or between runs that must end alike.

    Attributes:
        workers: of the loader, where the scenario varies it.
        checkpoint_steps: steps between checkpoints, None for none by steps.
        checkpoint_seconds: time between checkpoints, None for none by time.
        keep_last: how many are kept.
        validate: "epoch", a number of steps, or None, in the scenarios that look at it.
        quiet: whether nothing is shown.
        observed: whether something watches.
        epochs: how many, in the scenarios that look at it.
    """

    workers: int = 0
    checkpoint_steps: int | None = 3
    checkpoint_seconds: float | None = None
    keep_last: int = 2
    validate: str | int | None = "epoch"
    quiet: bool = True
    observed: bool = False
    epochs: int = 3

    @property
    def checkpoints(self) -> dict[str, Any]:
        return {
            "checkpoint_steps": self.checkpoint_steps,
            "checkpoint_seconds": self.checkpoint_seconds,
            "keep_last": self.keep_last,
        }

    def run(self, folder: Path | None, **parts: Any) -> retorch.Run:
        """Make the run of a hand-written loop."""
        return retorch.Run(folder, seed=SEED, **self.checkpoints, **parts)


@dataclass(frozen=True)
class Scenario:
    """A training and what is special about it.

    Attributes:
        train: takes the run folder and the options; returns JSON values that must be the same after any kills.
        workers: numbers of loader workers between which it may change from start to start.
        threads: what torch may find as its number of threads, the first one at the first start; () for no matter.
        special: kept out of the test of all scenarios, for a test of its own.
    """

    name: str
    train: Callable[[Path | None, Options], Any]
    workers: tuple[int, ...] = (0,)
    threads: tuple[int, ...] = ()
    special: bool = False


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    *, workers: tuple[int, ...] = (0,), threads: tuple[int, ...] = (), special: bool = False
) -> Callable[[Any], Any]:
    """Enter a function among the scenarios under its name."""

    def enter(train: Any) -> Any:
        SCENARIOS[train.__name__] = Scenario(train.__name__, train, workers, threads, special)
        return train

    return enter


def names() -> list[str]:
    """Return the scenarios that every kind of kill is tried on."""
    return [name for name, one in SCENARIOS.items() if not one.special]


import loops  # noqa: E402, F401 - they enter themselves
import loops_beyond  # noqa: E402, F401
import loops_of_data  # noqa: E402, F401
import loops_of_state  # noqa: E402, F401
import trainings  # noqa: E402, F401
from ingredients import load_digits  # noqa: E402, F401
