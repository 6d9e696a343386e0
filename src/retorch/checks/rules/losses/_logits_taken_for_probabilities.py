"""Scores that are compared with one half."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakSet, ref

from torch import nn

from retorch.checks._finding import Finding
from retorch.checks._observations import ModuleDone, OperationDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import MOVING, Flow, name_of
from retorch.checks.rules.losses._values import has_shape, value_range

_CUTTING = frozenset({"__ge__", "__gt__", "__le__", "__lt__", "ge", "gt", "le", "lt"})
_ROUNDING = frozenset({"round"})


class LogitsTakenForProbabilities(Rule):
    """Scores of a model that was trained with `binary_cross_entropy_with_logits` are cut at one half.

    Why it matters: a score of 0 is a probability of one half. Cut at 0.5, all samples with a probability between 0.5
    and 0.62 are told wrong, and the accuracy is another one than that of the model.

    When it is fine: where another threshold than that of even odds is meant.

    Wrong: `predicted = model(x) > 0.5`, or `torch.round(model(x))`, of a model without a sigmoid at its end.

    Right: `predicted = model(x) > 0`, or `torch.sigmoid(model(x)) > 0.5`.
    """

    name = "logits-taken-for-probabilities"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._outputs: Flow[ref[nn.Module]] = Flow(MOVING - {"clamp", "clip"})
        self._giving_logits: WeakSet[nn.Module] = WeakSet()

    @sees(ModuleDone, closely=True)
    def remember(self, seen: ModuleDone) -> None:
        """Remember what a model put out; one that puts out several things is not followed."""
        if seen.depth == 0 and has_shape(seen.output):
            self._outputs.mark(seen.output, ref(seen.module))

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge a comparison with one half."""
        name = name_of(seen.function)
        known = self._outputs.of(seen.args[0]) if seen.args else None
        model = known() if known else None
        if model is None:
            return
        if name == "binary_cross_entropy_with_logits":
            self._giving_logits.add(model)
        elif not (name in _ROUNDING or (name in _CUTTING and _is_half(seen.args[1:]))):
            self._outputs.follow(seen)
        elif model in self._giving_logits:
            low, high = value_range(seen.args[0]) or (0.0, 1.0)
            if low < 0 or high > 1:
                yield self._found(seen, type(model).__name__, low, high)

    def _found(self, seen: OperationDone, kind: str, low: float, high: float) -> Finding:
        return self.finding(
            seen.site,
            "these are scores, not probabilities: even odds are at 0, not at 0.5",
            evidence=f"{kind} was trained with binary_cross_entropy_with_logits, and gave values from "
            f"{low:.3g} to {high:.3g}",
            remedy="outputs > 0, or torch.sigmoid(outputs) > 0.5",
        )


def _is_half(args: tuple[Any, ...]) -> bool:
    return len(args) == 1 and isinstance(args[0], float) and args[0] == 0.5
