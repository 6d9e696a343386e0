"""Which modules behave otherwise in train mode than in eval mode."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.dropout import _DropoutNd

from retorch.checks._observations import OperationDone
from retorch.checks.rules._flow import name_of

DROPOUTS = frozenset({
    "alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout", "feature_dropout",
})  # fmt: skip
_DRAWING = frozenset({
    "bernoulli", "bernoulli_", "normal", "normal_", "rand", "rand_like", "randn", "randn_like", "uniform_",
})  # fmt: skip


class Dependents:
    """Modules that compute something else in train mode: torch's own, and those of the user's that show it.

    A module of the user's shows it by calling dropout, or by drawing random numbers in a forward that asks for
    `self.training`.
    """

    def __init__(self) -> None:
        self._shown: WeakSet[nn.Module] = WeakSet()

    def notice(self, seen: OperationDone) -> None:
        """Take note of a call inside of a module."""
        if seen.inside and _shows(seen):
            self._shown.add(seen.inside[-1])

    def inside(self, module: nn.Module, *, training: bool) -> Iterator[nn.Module]:
        """Yield the parts of a module that depend on the mode and are in this one, itself among them."""
        for part in module.modules():
            if part.training is training and (part in self._shown or depends_on_mode(part)):
                yield part


def depends_on_mode(module: nn.Module) -> bool:
    """Tell whether torch's own module computes something else in train mode: dropout and batch norm."""
    if isinstance(module, _DropoutNd):
        return module.p > 0
    if isinstance(module, nn.RNNBase | nn.MultiheadAttention):
        return module.dropout > 0
    return isinstance(module, _NormBase) and module.track_running_stats


def rate_of(seen: OperationDone) -> float:
    """Return the share that a call of dropout drops where it is on; 0 for any other call."""
    name, args, kwargs = name_of(seen.function), seen.args, seen.kwargs
    if name in DROPOUTS:
        return _number(kwargs.get("p", args[1] if len(args) > 1 else 0.5))
    if name == "scaled_dot_product_attention":
        return _number(kwargs.get("dropout_p", args[4] if len(args) > 4 else 0.0))
    return 0.0


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _shows(seen: OperationDone) -> bool:
    module = seen.inside[-1]
    if isinstance(module, _DropoutNd | nn.MultiheadAttention):
        return False
    return rate_of(seen) > 0 or (name_of(seen.function) in _DRAWING and _asks_for_the_mode(module))


def _asks_for_the_mode(module: nn.Module) -> bool:
    code = getattr(type(module).forward, "__code__", None)
    return code is not None and "training" in code.co_names
