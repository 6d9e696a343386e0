"""Two tensors with as many elements that broadcast to something larger: every element meets every other."""

from __future__ import annotations

from typing import Any

import torch

from retorch.checks._observations import ModuleDone, OperationDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import Flow, name_of
from retorch.checks.rules.losses._values import has_shape

# That is how one asks for every pair.
_ADDING_AN_AXIS = frozenset({"__getitem__", "reshape", "unsqueeze", "view"})
_COPYING = frozenset({"clone", "contiguous", "cpu", "cuda", "detach", "double", "float", "to", "type"})
# Losses that go element by element, and broadcast.
_OF_ELEMENTS = frozenset({
    "hinge_embedding_loss", "huber_loss", "kl_div", "l1_loss", "mse_loss", "poisson_nll_loss", "smooth_l1_loss",
    "soft_margin_loss",
})  # fmt: skip


class PairRule(Rule):
    """What the rules have in common that ask whether every pair was meant.

    Attributes:
        calls: how many calls of models there were.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # Tensors that got another axis, and after how many calls of models: before it, in the data, nobody meant pairs.
        self._stretched: Flow[int] = Flow(_COPYING)
        self.calls = 0

    @sees(ModuleDone, closely=True)
    def count(self, seen: ModuleDone) -> None:
        """Count the calls of models, and forget what they asked for inside."""
        if seen.depth == 0:
            self.calls += 1

    @sees(OperationDone)
    def note(self, seen: OperationDone) -> None:
        """Take note of a tensor that got another axis."""
        if name_of(seen.function) in _ADDING_AN_AXIS and seen.args and has_shape(seen.result):
            if has_shape(seen.args[0]) and seen.result.dim() > seen.args[0].dim():
                self._stretched.mark(seen.result, self.calls)
        else:
            self._stretched.follow(seen)

    def is_stretched(self, value: Any) -> bool:
        """Tell whether a tensor got another axis since the last call of a model."""
        return self._stretched.of(value) == self.calls


def every_pair(one: Any, other: Any) -> tuple[int, ...] | None:
    """Return the shape that two tensors of the same number of elements broadcast to, where it is larger; else None.

    Both are as they come out of a model and out of a data set, (N, 1) and (N,): one has fewer axes than the other.
    Who wants every pair writes (N, 1) and (1, M).
    """
    if not has_shape(one) or not has_shape(other):
        return None
    if one.dim() == other.dim() or one.numel() != other.numel() or 0 in (one.dim(), other.dim()):
        return None
    try:
        shape = tuple(torch.broadcast_shapes(one.shape, other.shape))
    except RuntimeError:
        return None
    return shape if torch.Size(shape).numel() > one.numel() else None


def is_loss_of_elements(seen: OperationDone) -> bool:
    """Tell whether a call is a loss that goes element by element and reduces to one number."""
    return name_of(seen.function) in _OF_ELEMENTS and len(seen.args) > 1 and seen.kwargs.get("reduction") != "none"
