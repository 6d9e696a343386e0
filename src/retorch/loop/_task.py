"""What is trained: a criterion on (inputs, targets), or a step function of model and batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from retorch.errors import UsageError
from retorch.loop._losses import warn_of_softmax

StepFunction = Callable[[nn.Module, Any], Any]

_GIVE_STEP = "Give step= instead of loss=: a function of (model, batch) that returns the loss"


@dataclass(slots=True)
class Outcome:
    """What one batch gave; `values` are scalars besides the loss."""

    loss: Any
    values: Mapping[str, Any] = field(default_factory=dict)
    outputs: Any = None
    targets: Any = None


class Task:
    """Turns a model and a batch into a loss."""

    def __init__(self, criterion: Callable[[Any, Any], Tensor] | None, step: StepFunction | None) -> None:
        if (criterion is None) == (step is None):
            raise UsageError(
                "give a Trainer one of loss= (a criterion of outputs and targets) and "
                "step= (a function of model and batch)"
            )
        self._criterion = criterion
        self._step = step
        self.own_step = step is not None
        self._looked = False

    def __call__(self, model: Any, batch: Any) -> Outcome:
        """Compute the loss of a batch that is on the model's device."""
        if self._step is not None:
            return _outcome(self._step(model, batch))
        inputs, targets = unpack(batch, _GIVE_STEP)
        outputs = model(inputs)
        if not self._looked:
            self._looked = True
            warn_of_softmax(self._criterion, outputs)
        assert self._criterion is not None
        return Outcome(self._criterion(outputs, targets), {}, outputs, targets)


def unpack(batch: Any, remedy: str) -> tuple[Any, Any]:
    """Split a batch into (inputs, targets).

    Args:
        batch: what the loader gave. Only a tuple or list is split: a tensor of two rows would come apart as well.
        remedy: what the caller's user should do with other batches.

    Raises:
        UsageError: it is no pair.
    """
    if isinstance(batch, (tuple, list)) and len(batch) == 2:
        return batch[0], batch[1]
    size = f" of {len(batch)}" if isinstance(batch, (tuple, list, dict)) else ""
    raise UsageError(
        f"a loss of outputs and targets needs batches of (inputs, targets), and the loader gives a "
        f"{type(batch).__name__}{size}. {remedy}"
    )


def _outcome(given: Any) -> Outcome:
    if not isinstance(given, Mapping):
        return Outcome(given)
    if "loss" not in given:
        raise UsageError(f"step= gave a mapping with {', '.join(map(repr, given))}; it must have a 'loss'")
    values = {name: value for name, value in given.items() if name not in ("loss", "outputs", "targets")}
    return Outcome(given["loss"], values, given.get("outputs"), given.get("targets"))
