"""A part of the model that no gradient reaches."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended
from retorch.checks._rule import sees
from retorch.checks.rules.graph._cut_rule import CutRule, evidence
from retorch.checks.rules.graph._cuts import Cut, Learner
from retorch.checks.rules.graph._written import is_unrecorded, only_detaches, written


class PartOfTheModelCutOff(CutRule):
    """The loss depends on parameters that an optimizer holds, but the way back to them is cut: they never learn.

    Why it matters: the rest of the model learns round the random part, so the loss falls and nobody looks.

    When it is fine: a part that is frozen on purpose, or that something else than the optimizer moves. The check is
    silent where the values change, where weights were loaded into that part alone, and where it is a copy of a part
    that learns. `requires_grad_(False)` says it in the code and saves memory, and the optimizer need not hold it.

    Wrong: `code = encoder(x).detach()` before the decoder, `x @ self.weight.data`, `mask = (score > 0.5).float()`, a
    `forward` under `torch.no_grad`.

    Right: leave out the `.detach()`; use a soft or straight-through form in place of a comparison or a rounding.
    """

    name = "part-of-the-model-cut-off"
    grade = "warning"

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge when some parameters have learned and others have not."""
        if not self._cuts.nothing_learns():
            for cut, lost in (*self._cuts.blamed(steps=2), *self._cuts.unrecorded(steps=2)):
                if not self._cuts.stands_apart(lost):
                    yield self._found(cut, lost)

    def _found(self, cut: Cut, lost: list[Learner]) -> Finding:
        off = "gradients are off here, which cuts" if is_unrecorded(cut) else f"{written(cut)} cuts"
        return self.finding(
            cut.site,
            f"{off} a part of the model off: it never learns",
            evidence=evidence(cut, lost),
            remedy=f"{_remedy(cut)}, or freeze that part with requires_grad_(False) if it is meant",
        )


def _remedy(cut: Cut) -> str:
    if is_unrecorded(cut):
        return "run that part with gradients on"
    if only_detaches(cut):
        return f"leave out {written(cut)}"
    return f"use a soft or straight-through form in place of {written(cut)}"
