"""A ReLU after the last layer."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks.rules._flow import name_of
from retorch.checks.rules.losses._before_the_loss import LastLayerRule
from retorch.checks.rules.losses._values import has_shape, share_below_zero, value_range
from retorch.lines import Site

_RELUS = frozenset({"relu", "relu6", "relu_"})
_CLAMPING = frozenset({"clamp", "clamp_", "clamp_min", "clip"})
_OF_NUMBERS = frozenset({"huber_loss", "l1_loss", "mse_loss", "smooth_l1_loss"})
_MANY = 0.1
_EVEN_ODDS = 0.5


class ScoresCutByRelu(LastLayerRule):
    """A ReLU stands directly before a loss whose outputs must be able to be negative.

    Why it matters: scores of classes say "less likely than even" by values below 0, and targets below 0 are reached by
    no ReLU. What is cut gets no gradient: a class whose scores are all cut is never learned, and where all outputs are
    cut the training stands still.

    When it is fine: features that are pooled afterwards, as in SqueezeNet; outputs that cannot be negative, such as
    counts. This check is silent there.

    Wrong: `return F.relu(self.fc2(x))` before `F.cross_entropy`; `nn.Sequential(..., nn.Linear(16, 1), nn.ReLU())` for
    targets around 0.

    Right: `return self.fc2(x)`.
    """

    name = "scores-cut-by-relu"
    grade = "warning"
    losses = LastLayerRule.losses | _OF_NUMBERS

    def makes(self, name: str, seen: OperationDone) -> bool:
        """Tell whether a call is a ReLU, or a clamp that does the same."""
        return name in _RELUS or (name in _CLAMPING and _ends_at_zero(seen))

    def judge_loss(self, loss: str, line: Site, seen: OperationDone) -> Iterator[Finding]:
        """Judge a loss of class scores, or one of numbers by its targets."""
        if loss == "binary_cross_entropy" and (value_range(seen.args[0]) or (0.0, 1.0))[0] < _EVEN_ODDS:
            return  # no sigmoid came after it: these are probabilities that are kept from being negative
        if loss not in _OF_NUMBERS:
            yield self._found(line, seen, "class scores")
        elif len(seen.args) > 1 and has_shape(seen.args[1]) and not seen.args[1].requires_grad:
            share = share_below_zero(seen.args[1])
            if share > _MANY:
                yield self._found(line, seen, f"targets, {share:.0%} of which are below 0")

    def _found(self, line: Site, seen: OperationDone, what: str) -> Finding:
        return self.finding(
            line,
            "a ReLU is applied to the last outputs: none is below 0, and those that are cut get no gradient",
            evidence=f"{name_of(seen.function)} at {seen.site.place} got {tuple(seen.args[0].shape)} of what this ReLU "
            f"gave, for {what}",
            remedy="leave out the ReLU after the last layer",
        )


def _ends_at_zero(seen: OperationDone) -> bool:
    bounds = (*seen.args[1:], *seen.kwargs.values())
    return len(bounds) == 1 and "max" not in seen.kwargs and isinstance(bounds[0], (int, float)) and bounds[0] == 0
