"""What a run decides by a validation metric: when to stop, and which checkpoint is the best."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from retorch.errors import UsageError

Mode = Literal["min", "max"]


@dataclass(frozen=True, slots=True)
class Best:
    """The best validation so far.

    Attributes:
        metric: the name of the validation metric.
        value: its best value.
        step: steps completed when it was reached.
        checkpoint: the folder with that state; load it with `retorch.load(best.checkpoint, model=model)`.
    """

    metric: str
    value: float
    step: int
    checkpoint: Path | None = None


class EarlyStopping:
    """Stop when a validation metric has not improved for `patience` validations.

    Args:
        metric: the name of a validation metric, such as "loss".
        patience: validations without improvement before the run stops.
        mode: whether "min" or "max" is better. None: "min" for "loss", and to be said for any other metric.
        min_delta: an improvement is more than this.
    """

    def __init__(
        self, metric: str = "loss", *, patience: int = 3, mode: Mode | None = None, min_delta: float = 0.0
    ) -> None:
        if isinstance(patience, bool) or not isinstance(patience, int) or patience < 1:
            raise UsageError(f"patience={patience!r} was asked; early stopping waits for 1, 2, ... validations")
        self.patience = patience
        self._tracker = Tracker(metric, mode, min_delta)
        self._waited = 0

    @property
    def metric(self) -> str:
        """The metric that is watched."""
        return self._tracker.metric

    def judge(self, scores: Mapping[str, float], step: int) -> str | None:
        """Take one validation's scores; return the reason to stop, or None."""
        self._waited = 0 if self._tracker.improved(scores, step) else self._waited + 1
        if self._waited < self.patience:
            return None
        best = self._tracker.best
        seen = f"best {best.value:.6g} at step {best.step}" if best else "never a finite value"
        return f"stopped early: no better {self.metric} in {self.patience} validations ({seen})"

    def state_dict(self) -> dict[str, Any]:
        """Return the best value and how long ago it was."""
        return {"waited": self._waited, "tracker": self._tracker.state_dict()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take them back."""
        self._waited = state_dict["waited"]
        self._tracker.load_state_dict(state_dict["tracker"])


class Tracker:
    """Remembers the best value of one metric."""

    def __init__(self, metric: str, mode: Mode | None = None, min_delta: float = 0.0) -> None:
        if mode is None and metric != "loss":
            raise UsageError(f"whether more or less {metric!r} is better must be said: mode='max' or mode='min'")
        if mode not in (None, "min", "max"):
            raise UsageError(f"mode={mode!r} was given; take 'min' or 'max'")
        if isinstance(min_delta, bool) or not isinstance(min_delta, (int, float)) or not 0 <= min_delta < math.inf:
            raise UsageError(f"min_delta={min_delta!r} was given; take a finite number from 0 on")
        self.metric = metric
        self._sign = -1.0 if mode == "max" else 1.0
        self._min_delta = min_delta
        self.best: Best | None = None

    @classmethod
    def of(cls, wanted: str | tuple[str, Mode]) -> Tracker:
        """Make one from "loss" or ("accuracy", "max")."""
        if isinstance(wanted, str):
            return cls(wanted)
        if isinstance(wanted, (tuple, list)) and len(wanted) == 2 and isinstance(wanted[0], str):
            return cls(*wanted)
        raise UsageError(f"best={wanted!r} was given; take 'loss', or a metric and its mode: ('accuracy', 'max')")

    def improved(self, scores: Mapping[str, float], step: int) -> bool:
        """Take a validation's scores; NaN is never an improvement."""
        value = pick(scores, self.metric)
        if math.isnan(value):
            return False
        if self.best and not self._sign * value < self._sign * self.best.value - self._min_delta:
            return False
        self.best = Best(self.metric, value, step)
        return True

    def state_dict(self) -> dict[str, Any]:
        """Return the best value and its step."""
        return {"best": [self.best.value, self.best.step] if self.best else None}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take them back."""
        best = state_dict["best"]
        self.best = Best(self.metric, *best) if best else None


def pick(scores: Mapping[str, float], metric: str) -> float:
    """Return one score, or say which there are."""
    try:
        return scores[metric]
    except KeyError:
        known = ", ".join(scores) or "none: there is no validation set, loss or metric"
        raise UsageError(f"the validation gives no {metric!r}; it gives: {known}") from None
