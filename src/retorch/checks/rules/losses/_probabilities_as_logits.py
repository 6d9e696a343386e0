"""Probabilities where scores are expected."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks._rule import sees
from retorch.checks.rules._flow import name_of
from retorch.checks.rules.losses._applied import ActivationRule, Applied
from retorch.checks.rules.losses._values import are_rows_of_probabilities, class_axis, lie_between_zero_and_one

# `Categorical(logits=...)` begins with a logsumexp.
_NORMALIZING = frozenset({"log_softmax", "logsumexp"})


class ProbabilitiesAsLogits(ActivationRule):
    """Values that are probabilities already are turned into probabilities once more.

    Why it matters: scores between 0 and 1 differ by at most one. After a softmax the most certain of ten classes gets
    a probability of 0.23, and no training can raise it. After a second sigmoid all probabilities are above one half.

    When it is fine: where flat probabilities are wanted; a temperature says that more clearly.

    Wrong: `nn.CrossEntropyLoss()` after `torch.sigmoid(x)` or after `exp(x) / exp(x).sum(1, keepdim=True)`;
    `Categorical(logits=torch.softmax(x, 1))`; `log_softmax` of a softmax; `torch.sigmoid(model(x)) > 0.5` of a model
    that ends in a sigmoid.

    Right: `nn.CrossEntropyLoss()` of the scores; `Categorical(probs=...)` or `Categorical(logits=scores)`.

    Reported: https://github.com/Lightning-Universe/lightning-bolts/issues/654
    """

    name = "probabilities-as-logits"
    grade = "warning"

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge what goes into a function that makes probabilities of scores."""
        name = name_of(seen.function)
        if name == "cross_entropy":
            yield from self._judge_loss(seen, seen.args[0])
        elif name in _NORMALIZING and seen.args:
            yield from self._judge_twice(seen, seen.args[0])
        elif name == "sigmoid" and seen.args:
            yield from self._judge_two_sigmoids(seen, seen.args[0])

    def _judge_loss(self, seen: OperationDone, scores: Tensor) -> Iterator[Finding]:
        applied = self.applied.of(scores)
        if applied is None and scores.requires_grad and are_rows_of_probabilities(scores, class_axis(scores)):
            yield self.finding(
                seen.site,
                "cross_entropy gets probabilities, and applies a softmax to them",
                evidence=f"{list(scores.shape)} values, none negative, that sum to one over the classes",
                remedy="give cross_entropy the scores from which the probabilities were made",
            )
        elif applied and applied.name == "sigmoid" and lie_between_zero_and_one(scores):
            yield self._squashed(seen, applied, scores)

    def _squashed(self, seen: OperationDone, applied: Applied, scores: Tensor) -> Finding:
        return self.finding(
            applied.site,
            "a sigmoid squashes the scores before a cross entropy, which applies a softmax",
            evidence=f"cross_entropy at {seen.site.place} got {list(scores.shape)} values between 0 and 1",
            remedy="give cross_entropy the scores before the sigmoid",
        )

    def _judge_twice(self, seen: OperationDone, scores: Tensor) -> Iterator[Finding]:
        applied = self.applied.of(scores)
        if applied and applied.name == "softmax" and are_rows_of_probabilities(scores, _axis(seen)):
            yield self.finding(
                seen.site,
                f"{name_of(seen.function)} takes its input for scores, and gets probabilities",
                evidence=f"a softmax at {applied.site.place} gave these {list(scores.shape)} values",
                remedy="give it the scores before the softmax, or take the logarithm of the probabilities",
            )

    def _judge_two_sigmoids(self, seen: OperationDone, scores: Tensor) -> Iterator[Finding]:
        applied = self.applied.of(scores)
        if applied and applied.name == "sigmoid" and lie_between_zero_and_one(scores):
            yield self.finding(
                seen.site,
                "a sigmoid is applied to what a sigmoid gave: nothing is below one half",
                evidence=f"the sigmoid at {applied.site.place} gave these {list(scores.shape)} values",
                remedy="leave out one of the two",
            )


def _axis(seen: OperationDone) -> int:
    given = seen.kwargs.get("dim", seen.args[1] if len(seen.args) > 1 else None)
    return given if isinstance(given, int) else -1
