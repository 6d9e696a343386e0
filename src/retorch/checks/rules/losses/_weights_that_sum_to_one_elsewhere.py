"""Weights of an attention that do not sum to one over what they weigh."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import ModuleDone, OperationDone
from retorch.checks._rule import sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import MOVING, Flow, name_of, tensors_in
from retorch.checks.rules.losses._applied import ActivationRule
from retorch.checks.rules.losses._values import has_shape
from retorch.lines import Site

_KEEPING = frozenset({
    "bfloat16", "clamp", "clip", "clone", "contiguous", "dropout", "float", "half", "masked_fill", "to", "type",
    "type_as",
})  # fmt: skip
_MULTIPLYING_MATRICES = frozenset({"__matmul__", "bmm", "matmul"})
_MULTIPLYING = frozenset({"__mul__", "__rmul__", "mul", "multiply"})
_LOSSES = frozenset({"binary_cross_entropy", "huber_loss", "l1_loss", "mse_loss", "smooth_l1_loss"})
_CLASSIFYING = frozenset({"cross_entropy", "nll_loss"})


class _Weights(NamedTuple):
    """What a softmax gave: at which line, along which axis, and of which shape."""

    site: Site
    axis: int
    shape: tuple[int, ...]

    @property
    def are_all_one(self) -> bool:
        """Whether each has nothing to compare itself with, in something that has more than one."""
        return self.shape[self.axis] == 1 < max(self.shape[1:])

    @property
    def are_of_one_output(self) -> bool:
        """Whether there is one for each of several samples."""
        return len(self.shape) == 2 and self.axis == 1 and self.shape[1] == 1 < self.shape[0]


class WeightsThatSumToOneElsewhere(ActivationRule):
    """A softmax goes along another axis than the one its weights are summed over, or along an axis of size one.

    Why it matters: along an axis of size one each weight is one, whatever the scores are: nothing before the softmax
    gets a gradient, an attention is a plain sum, a classifier with one output says 1 to all. `cross_entropy` takes a
    softmax itself, and of one class it is always 0. Along the queries of an attention instead of the keys, what a query
    gets is weighted by how much others want it.

    When it is fine: an attention in which the queries compete for the keys, as slots do; normalise it along the keys
    afterwards, and this check is silent.

    Wrong: `F.softmax(scores, dim=1)` of scores (N, 1, T); `nn.Softmax(dim=1)` after `nn.Linear(64, 1)`;
    `nn.CrossEntropyLoss()` after `nn.Linear(64, 1)`; `F.softmax(q @ k.transpose(1, 2), dim=1) @ v`.

    Right: `F.softmax(scores, dim=-1)`; `nn.Sigmoid()`; `nn.BCEWithLogitsLoss()`;
    `F.softmax(q @ k.transpose(1, 2), dim=-1) @ v`.
    """

    name = "weights-that-sum-to-one-elsewhere"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._weights: Flow[_Weights] = Flow(_KEEPING)
        # Those of one output for each sample, whatever shape they get.
        self._only: Flow[_Weights] = Flow(MOVING | {"log"})

    @sees(ModuleDone, closely=True)
    def judge_output(self, seen: ModuleDone) -> Iterator[Finding]:
        """Judge what a model puts out, which was not yet used for anything."""
        if seen.depth == 0:
            for output in tensors_in(seen.output):
                yield from self._judge_one_output(output)

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge what is done with the weights."""
        name = name_of(seen.function)
        if name in ("softmax", "log_softmax"):
            self._remember(seen, is_logarithm=name == "log_softmax")
        elif name in _MULTIPLYING_MATRICES:
            for value, summed in zip(seen.args, (-1, -2), strict=False):
                yield from self._judge_product(value, summed=summed)
        elif name in _MULTIPLYING:
            for value in seen.args[:2]:
                yield from self._judge_factor(value)
        elif name in _LOSSES:
            yield from self._judge_one_output(seen.args[0] if seen.args else None)
        elif name in _CLASSIFYING:
            yield from self._judge_one_class(seen, seen.args[0])
        else:
            self._weights.follow(seen)
            self._only.follow(seen)

    def _remember(self, seen: OperationDone, *, is_logarithm: bool) -> None:
        if has_shape(seen.result) and seen.result.dim() > 1:
            given = seen.kwargs.get("dim", seen.args[1] if len(seen.args) > 1 else None)
            if isinstance(given, int):
                axis = given % seen.result.dim()
                weights = _Weights(self.activations.site(seen), axis, tuple(seen.result.shape))
                if not is_logarithm:
                    self._weights.mark(seen.result, weights)
                if weights.are_of_one_output:
                    self._only.mark(seen.result, weights)

    def _judge_product(self, value: object, *, summed: int) -> Iterator[Finding]:
        weights = self._weights.of(value)
        if weights is None or not has_shape(value) or value.dim() < 3:
            return
        axis = summed % value.dim()
        if weights.axis == axis or weights.shape[axis] == 1:
            return
        if weights.are_all_one:
            yield self._found(weights, f"summed over axis {axis}")
        elif summed == -1 and weights.shape[-1] == weights.shape[-2]:
            yield self._found(weights, f"the product with the values sums over axis {axis}")

    def _judge_factor(self, value: object) -> Iterator[Finding]:
        weights = self._weights.of(value)
        if weights and has_shape(value) and value.dim() == 3 and weights.are_all_one:
            yield self._found(weights, "multiplied with the values")

    def _judge_one_output(self, value: object) -> Iterator[Finding]:
        weights = self._only.of(value)
        if weights and isinstance(value, Tensor) and value.requires_grad:
            yield self._found(weights, "the output of the model")

    def _judge_one_class(self, seen: OperationDone, scores: Tensor) -> Iterator[Finding]:
        # Two samples of one class each; of one sample the only class may be itself, as in a contrast of pairs.
        if not scores.requires_grad or scores.dim() < 2 or not scores.shape[1] == 1 < scores.shape[0]:
            return
        weights = self._only.of(scores)
        if weights:
            yield self._found(weights, "the output of the model")
        elif name_of(seen.function) == "cross_entropy":
            yield self.finding(
                seen.site,
                "cross_entropy takes a softmax over one class, so that the loss is 0 whatever the scores are",
                evidence=f"scores {tuple(scores.shape)}: axis 1 has the classes",
                remedy="binary_cross_entropy_with_logits of one score for each sample, or two classes",
            )

    def _found(self, weights: _Weights, use: str) -> Finding:
        is_one = weights.shape[weights.axis] == 1
        what = "each value becomes one" if is_one else "the weights of one query do not sum to one"
        return self.finding(
            weights.site,
            f"softmax goes along axis {weights.axis}, so that {what}",
            evidence=f"along axis {weights.axis} of {weights.shape}, {use}",
            remedy="softmax along the axis that is summed over; of one score for each sample, a sigmoid",
        )
