"""`Scaling`: which gradients come from a loss that a gradient scaler has scaled, and are not divided again yet.

One of these serves all rules of a checked piece of code.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal

from torch import Tensor
from torch.autograd.function import BackwardCFunction
from torch.optim import Optimizer

from retorch.checks._held import held_by
from retorch.checks._observations import BackwardBegins, BackwardDone, Observation, ScalerCalled
from retorch.checks._rule import LookAt, Rule, sees
from retorch.checks._scene import Scene

Kind = Literal["scaled", "unscaled", "unknown"]

# How far down the graph a scaled loss is looked for: it may have been divided or summed since.
_DEPTH = 4
# A loss that is multiplied by more may be scaled by hand.
_WEIGHT = 16
_MOST = 4096


class Scaling:
    """Follows losses through a gradient scaler into the backward pass, and gradients to the step.

    Attributes:
        last: what the last backward pass started from.
        scale: of the last loss that was scaled.
        is_in_use: whether there is a scaler at all.
    """

    def __init__(self, scene: Scene) -> None:  # noqa: ARG002 - as every tracker that rules share
        self._is_new = True
        # Numbers of graph nodes, which are used once: they keep no graph alive.
        self._scaled: set[int] = set()
        self._plain: set[int] = set()
        self._has_scaled = False
        self._gradients: set[int] = set()
        self.is_in_use = False
        self.last: Kind = "unknown"
        self.scale = 1.0

    def is_new(self) -> bool:
        """Tell whether somebody asks this for the first time."""
        is_new, self._is_new = self._is_new, False
        return is_new

    def follow(self, seen: Observation) -> None:
        """Take note of what happens."""
        match seen:
            case BackwardBegins():
                self._begins(seen)
            case BackwardDone():
                self._done(seen)
            case ScalerCalled():
                self._called(seen)

    def _called(self, seen: ScalerCalled) -> None:
        """Take note of what a scaler does; `unscale_` gives the gradients of an optimizer their true size."""
        self.is_in_use = True
        if seen.act == "scale" and seen.scaler.is_enabled():
            self.scale = float(seen.scaler.get_scale())
            if len(self._scaled) > _MOST:
                self._scaled.clear()
            self._has_scaled = True
            self._scaled |= _nodes(seen.result)
            self._plain |= _nodes(seen.given)
        elif isinstance(seen.given, Optimizer):
            self._gradients.difference_update(map(id, held_by(seen.given)))

    def _begins(self, seen: BackwardBegins) -> None:
        """Judge the roots of a backward pass."""
        # Whoever uses no scaler pays nothing.
        if seen.accumulates and self.is_in_use:
            # A loss may also be scaled by the gradient that it is given.
            self.last = "unknown" if seen.is_weighted else self._kind(seen.roots)
            self._plain, self._has_scaled = set(), False

    def _done(self, seen: BackwardDone) -> None:
        """Remember which gradients are scaled, by id: each backward pass and each step says anew which are."""
        if not self.is_in_use:
            return
        change = self._gradients.update if self.last == "scaled" else self._gradients.difference_update
        change(map(id, seen.written))

    def count(self, parameters: list[Tensor]) -> int:
        """Return how many of some parameters have gradients that are scaled now."""
        return sum(id(parameter) in self._gradients for parameter in parameters)

    def _kind(self, roots: tuple[Tensor, ...]) -> Kind:
        nodes = [root.grad_fn for root in roots if root.grad_fn is not None]
        if any(_stands_on(node, self._scaled, _DEPTH) for node in nodes):
            return "scaled"
        if any(node._sequence_nr() in self._plain for node in nodes):  # noqa: SLF001 - the number of a node
            return "unscaled"
        # The scale may have come in on another way: at an output of the model, as the gradient of the loss, by hand.
        by_hand = not nodes or any(_may_be_scaled(node, _DEPTH) for node in nodes)
        return "unknown" if self._has_scaled or by_hand else "unscaled"


class ScalingRule(Rule):
    """A rule that asks which gradients are scaled.

    The first one of a checked piece of code follows the scaler for all of them.

    Attributes:
        scaling: which gradients come from a scaled loss.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.scaling = scene.shared(Scaling)
        self._follows_the_scaler = self.scaling.is_new()

    def looks(self) -> Iterator[LookAt]:
        """Leave out what only the first rule needs to see, which is less to do in each step."""
        return (look for look in super().looks() if self._follows_the_scaler or look.method != "follow")

    @sees(BackwardBegins, BackwardDone, ScalerCalled)
    def follow(self, seen: Observation) -> None:
        """Follow the scaler."""
        self.scaling.follow(seen)


def _stands_on(node: Any, numbers: set[int], depth: int) -> bool:
    if node is None or not numbers or depth == 0:
        return False
    if node._sequence_nr() in numbers:  # noqa: SLF001 - the number of a node
        return True
    return any(_stands_on(below, numbers, depth - 1) for below, _ in node.next_functions)


def _may_be_scaled(node: Any, depth: int) -> bool:
    """Tell whether a loss, or a part of it, is multiplied by a large or an unknown number, or by a function unknown."""
    if node is None or depth == 0 or not _is_number(node):
        return False
    name = node.name()
    if isinstance(node, BackwardCFunction):
        return True
    if name.startswith(("Mul", "Div")):
        other = _other(node)
        if other is None or (other if name.startswith("Mul") else 1 / (other or 1)) > _WEIGHT:
            return True
    return any(_may_be_scaled(below, depth - 1) for below, _ in node.next_functions)


def _other(node: Any) -> float | None:
    """Return by what a node multiplies or divides; None where it does not tell."""
    other = getattr(node, "_saved_other", None)
    if isinstance(other, Tensor) and other.numel() != 1:
        return None
    return abs(float(other)) if isinstance(other, (int, float, Tensor)) else None


def _is_number(node: Any) -> bool:
    return all(math.prod(each.shape) == 1 for each in node._input_metadata)  # noqa: SLF001 - shapes of its results


def _nodes(value: Any) -> set[int]:
    several = value if isinstance(value, (list, tuple)) else [value]
    tensors = [each for each in several if isinstance(each, Tensor)]
    return {each.grad_fn._sequence_nr() for each in tensors if each.grad_fn is not None}  # noqa: SLF001 - as above
