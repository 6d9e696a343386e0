"""Scores that are clamped where a sigmoid is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone, Written
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import MOVING, Flow, name_of
from retorch.checks.rules.losses._values import has_shape, value_range
from retorch.lines import Site

_CLAMPING = frozenset({"clamp", "clamp_", "clip", "clip_"})
# A stretched sigmoid goes from -0.1 to 1.1, and is meant to be cut.
_BEYOND = 0.15
_SHARE = 0.05  # what people keep from 0 and 1


class _Clamped(NamedTuple):
    """What was clamped: at which line, from where to where."""

    site: Site
    low: float
    high: float


class ScoresClampedToProbabilities(Rule):
    """Scores are clamped to between 0 and 1, and go into `binary_cross_entropy`.

    Why it matters: a clamp is no sigmoid. Each score below 0 or above 1 gets no gradient, however wrong it is, and the
    model can never learn from such a sample again. The clamp was to keep a logarithm finite, and hides that the scores
    were never turned into probabilities.

    When it is fine: almost never; a clamp of what a sigmoid gave is fine, and this check is silent.

    Wrong: `F.binary_cross_entropy(model(x).clamp(1e-6, 1 - 1e-6), y)` of a model that ends in a linear layer.

    Right: `F.binary_cross_entropy_with_logits(model(x), y)`.
    """

    name = "scores-clamped-to-probabilities"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._clamped: Flow[_Clamped] = Flow(MOVING)

    @sees(Written)
    def forget(self, seen: Written) -> None:
        """Forget what is known of a tensor that is written in place."""
        self._clamped.forget(seen.tensor)

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Remember scores that are clamped, and judge a loss of them."""
        name = name_of(seen.function)
        if name == "binary_cross_entropy" and seen.args:
            clamped = self._clamped.of(seen.args[0])
            if clamped:
                yield self._found(clamped, seen)
        elif name in _CLAMPING and seen.args and _is_to_probabilities(seen):
            self._remember(seen, seen.args[0])
        else:
            self._clamped.follow(seen)

    def _remember(self, seen: OperationDone, scores: Tensor) -> None:
        if seen.result is scores:  # in place: the scores are gone
            return
        if has_shape(scores) and scores.requires_grad:
            low, high = value_range(scores) or (0.0, 1.0)
            if low < -_BEYOND or high > 1 + _BEYOND:
                self._clamped.mark(seen.result, _Clamped(seen.site, low, high))

    def _found(self, clamped: _Clamped, seen: OperationDone) -> Finding:
        return self.finding(
            clamped.site,
            "scores are clamped here instead of going through a sigmoid: those that are cut get no gradient",
            evidence=f"they were from {clamped.low:.3g} to {clamped.high:.3g} before; binary_cross_entropy at "
            f"{seen.site.place} takes them for probabilities",
            remedy="binary_cross_entropy_with_logits of the scores, without the clamp",
        )


def _is_to_probabilities(seen: OperationDone) -> bool:
    low, high = (
        seen.kwargs.get(name, seen.args[place] if len(seen.args) > place else None)
        for place, name in enumerate(("min", "max"), 1)
    )
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        return False
    return 0 <= low <= _SHARE and 1 - _SHARE <= high <= 1
