"""Targets of a cross entropy that are no probabilities."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks._rule import Rule, sees
from retorch.checks.rules._flow import name_of
from retorch.checks.rules.losses._swapped import are_swapped
from retorch.checks.rules.losses._values import class_axis, has_shape, range_of_sums, value_range

_BINARY = frozenset({"binary_cross_entropy", "binary_cross_entropy_with_logits"})
# One-sided smoothing of the labels of a GAN goes up to 1.2.
_LEAST, _MOST = -0.5, 1.5
# Smoothing the other way round, as is done against wrong labels, makes some targets negative; they sum to one still.
_NEGATIVE, _CLOSE_BELOW, _CLOSE_ABOVE = -0.01, 0.95, 1.05


class TargetsThatAreNoProbabilities(Rule):
    """A cross entropy gets targets that can be no probabilities.

    Why it matters: a cross entropy has a lower bound only for targets between 0 and 1. With masks of 0 and 255, labels
    of -1 and 1, or the scores of a teacher, the loss falls without end, and the scores grow without end.

    When it is fine: targets that are weighted by a reward or an advantage; multiply the loss of each sample with it.

    Wrong: `nn.BCEWithLogitsLoss()(model(x), mask)` with a mask of 0 and 255; `F.cross_entropy(student, teacher)` of
    scores of a teacher.

    Right: `mask / 255`; `(labels + 1) / 2`; `F.cross_entropy(student, teacher.softmax(1))`.
    """

    name = "targets-that-are-no-probabilities"
    grade = "warning"

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge the targets by their values."""
        name = name_of(seen.function)
        if len(seen.args) < 2 or not (name in _BINARY or name == "cross_entropy"):
            return
        targets = seen.args[1]
        if not has_shape(targets) or not targets.is_floating_point() or are_swapped(seen):
            return
        low, high = value_range(targets) or (0.0, 1.0)
        if _is_out_of_range(low, high) if name in _BINARY else low < _NEGATIVE and not _sum_to_one(targets):
            yield self.finding(
                seen.site,
                f"{name} wants targets between 0 and 1",
                evidence=f"{tuple(targets.shape)} targets from {low:.3g} to {high:.3g}",
                remedy="bring labels and masks to 0 and 1; softmax the scores of a teacher",
            )


def _is_out_of_range(low: float, high: float) -> bool:
    return low < _LEAST or high > _MOST


def _sum_to_one(targets: Tensor) -> bool:
    low, high = range_of_sums(targets, class_axis(targets))
    return low > _CLOSE_BELOW and high < _CLOSE_ABOVE
