"""What a Trainer remembers from step to step; a part of the run like any other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retorch.loop._averages import Average
from retorch.loop._losses import refuse_infinite
from retorch.loop._monitors import EarlyStopping, Tracker


class Journal:
    """The epoch's running means, the history, and what is decided by validation."""

    def __init__(self, tracker: Tracker | None, early_stopping: EarlyStopping | None) -> None:
        self.loss = Average()
        self.history: list[dict[str, float]] = []
        self.validation: dict[str, float] = {}
        self.tracker = tracker
        self.early_stopping = early_stopping

    @property
    def monitored(self) -> list[str]:
        """The metrics on which something is decided."""
        return [decider.metric for decider in self._deciders().values()]

    @property
    def best_metric(self) -> str | None:
        """The metric whose best checkpoint is kept, or None."""
        return self.tracker.metric if self.tracker else None

    def close_epoch(self, epoch: int, step: int) -> dict[str, float]:
        """Add an entry to the history, begin the next mean, and return the epoch's training means."""
        train = {"loss": self.loss.mean()}
        entry: dict[str, float] = {"epoch": epoch, "step": step, "train.loss": train["loss"]}
        entry |= {f"validation.{name}": value for name, value in self.validation.items()}
        self.history.append(entry)
        self.loss = Average()
        return train

    def refuse_infinite(self) -> None:
        """Refuse a loss of this epoch that was not finite.

        On an accelerator no step waits to look at its loss; NaN and infinity stay in the running sum until this does.

        Raises:
            LossError: some loss was not finite.
        """
        refuse_infinite(float(self.loss.total), f"a step of epoch {len(self.history) + 1}")

    def state_dict(self) -> dict[str, Any]:
        """Return everything.

        Raises:
            LossError: some loss was not finite; a checkpoint of ruined weights must not replace a good one.
        """
        self.refuse_infinite()
        return {
            "loss": self.loss.state_dict(),
            "history": self.history,
            "validation": self.validation,
            **{name: decider.state_dict() for name, decider in self._deciders().items()},
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take everything back."""
        self.loss.load_state_dict(state_dict["loss"])
        self.history = list(state_dict["history"])
        self.validation = dict(state_dict["validation"])
        for name, decider in self._deciders().items():
            if name in state_dict:
                decider.load_state_dict(state_dict[name])

    def _deciders(self) -> dict[str, Tracker | EarlyStopping]:
        deciders = {"tracker": self.tracker, "early_stopping": self.early_stopping}
        return {name: decider for name, decider in deciders.items() if decider is not None}
