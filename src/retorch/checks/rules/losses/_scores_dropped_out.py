"""A dropout after the last layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks.rules.losses._before_the_loss import LastLayerRule
from retorch.lines import Site

_DROPOUTS = frozenset({"alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout_"})


class ScoresDroppedOut(LastLayerRule):
    """A dropout stands directly before a loss of class scores.

    Why it matters: it sets random scores to 0 and enlarges the others. That is another answer, not a noisier one: a
    class that was told with certainty becomes one of many, and its loss teaches nothing.

    When it is fine: almost never; a dropout of features stands before the last layer.

    Wrong: `F.cross_entropy(F.dropout(self.fc(x)), y)`; `nn.Sequential(..., nn.Linear(16, 3), nn.Dropout(0.5))`.

    Right: `F.cross_entropy(self.fc(F.dropout(x)), y)`.
    """

    name = "scores-dropped-out"
    grade = "warning"

    def makes(self, name: str, seen: OperationDone) -> bool:
        """Tell whether a call is a dropout that drops something."""
        return name in _DROPOUTS and bool(_given(seen, 1, "p")) and bool(_given(seen, 2, "training"))

    def judge_loss(self, loss: str, line: Site, seen: OperationDone) -> Iterator[Finding]:
        """Judge a loss of class scores."""
        yield self.finding(
            line,
            "a dropout is applied to the class scores: it sets random ones to 0",
            evidence=f"{loss} at {seen.site.place} got {tuple(seen.args[0].shape)} scores of what this dropout gave",
            remedy="put the dropout before the last layer",
        )


def _given(seen: OperationDone, place: int, name: str) -> Any:
    return seen.kwargs.get(name, seen.args[place] if len(seen.args) > place else True)
