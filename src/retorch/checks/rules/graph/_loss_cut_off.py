"""A loss with no way back to the model."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended
from retorch.checks._rule import sees
from retorch.checks.rules.graph._cut_rule import CutRule, evidence
from retorch.checks.rules.graph._written import is_unrecorded, written


class LossCutFromTheModel(CutRule):
    """The loss is computed from the model's output, but the way back was cut: no parameter ever gets a gradient.

    Why it matters: `backward` and `step` run without an error and nothing learns. `requires_grad=True` on the loss only
    silences autograd; it begins a new graph that has no model behind it.

    When it is fine: Never: in the whole run no parameter of any optimizer got a gradient, from a backward pass or by
    hand, nothing else moved one, and yet `backward` was called on a value that was computed from them.

    Wrong: `loss = torch.tensor(criterion(model(x), y).item(), requires_grad=True)`, or a loss computed from
    `model(x).argmax(1)`, `.detach()`, `.numpy()`, a rounded output, or an output that was computed under `no_grad`.

    Right: compute the loss from the output itself, with operations of torch that have a gradient.

    Reported: https://github.com/isayev/ReLeaSE/issues/39
    """

    name = "loss-cut-from-the-model"
    grade = "error"

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge when not one parameter has learned."""
        if self._cuts.nothing_learns():
            for cut, lost in list(self._cuts.blamed(steps=1)) or self._cuts.unrecorded(steps=1):
                off = "gradients are off here, which cuts" if is_unrecorded(cut) else f"{written(cut)} cuts"
                yield self.finding(
                    cut.site,
                    f"{off} the loss off from the model: nothing learns",
                    evidence=evidence(cut, lost),
                    remedy="compute the loss from the output itself, with operations of torch that have a gradient",
                )
