"""A softmax along another axis than that of the classes."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import BackwardDone, BatchFetched, LoaderEnded, OperationDone
from retorch.checks._rule import sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import MOVING, Flow, name_of
from retorch.checks.rules.losses._applied import ActivationRule, Applied
from retorch.checks.rules.losses._batches import Batches, samples_in_loss
from retorch.checks.rules.losses._values import class_axis, has_shape, sums_of_exponentials
from retorch.lines import Site

_SAME_AXES = MOVING - {"T", "__getitem__", "flatten", "mT", "movedim", "permute", "reshape", "swapaxes", "t",
                       "transpose", "view"} | {"log"}  # fmt: skip
_CLASSIFYING = frozenset({"cross_entropy", "nll_loss"})
_OF_TWO = frozenset({"cross_entropy", "kl_div"})
_CHOOSING = frozenset({"argmax", "gather", "max", "multinomial"})
_LESS_THAN_ONE, _MORE_THAN_ONE = 0.95, 1.05  # bfloat16 sums to one within this


class _Made(NamedTuple):
    """What a softmax gave: which one, along which axis, and of which shape."""

    applied: Applied
    axis: int
    shape: tuple[int, ...]


class SoftmaxAlongTheWrongAxis(ActivationRule):
    """A softmax goes along the samples of a batch, or along pixels, where it was to go along the classes.

    Why it matters: with `dim=0` the values of each class sum to one over the samples. The probability of a sample then
    depends on the others in its batch, and alone it is always one.

    When it is fine: weights of samples, such as those of importance sampling; attention over the first axis.

    Wrong: `nn.Softmax(dim=0)` of scores (N, C); `F.softmax(x)` of three axes, which takes the first;
    `nn.LogSoftmax(dim=-1)` of scores (N, C, H, W) before `nn.NLLLoss()`;
    `F.kl_div(F.log_softmax(student, 1), F.softmax(teacher, 0))`.

    Right: `nn.Softmax(dim=1)`, or `dim=-1` for the last axis.

    Reported: https://github.com/DeepReinforcementLearning/DeepReinforcementLearningInAction/issues/32
    """

    name = "softmax-along-the-wrong-axis"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._batches = Batches()
        # What a softmax gave that went along another axis than 1, as long as its axes stay where they are.
        self._elsewhere: Flow[_Made] = Flow(_SAME_AXES)
        self._any: Flow[_Made] = Flow(_SAME_AXES)
        self._logarithms: Flow[_Made] = Flow()
        # Those along the first axis since the last backward, each at its line.
        self._waiting: dict[Site, _Made] = {}

    @sees(BatchFetched, LoaderEnded)
    def note(self, seen: BatchFetched | LoaderEnded) -> None:
        """Take note of the size of a batch."""
        self._batches.note(seen)

    @sees(BackwardDone)
    def start_anew(self, _: BackwardDone) -> None:
        """Wait no longer for a loss."""
        self._waiting.clear()

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge a softmax by its axis and the size of the batch, or by what uses it."""
        name = name_of(seen.function)
        if name in ("softmax", "log_softmax"):
            if seen.args and has_shape(seen.args[0]) and seen.args[0].dim() > 1:
                yield from self._judge_axis(seen, seen.args[0], _axis(seen))
            return
        if _takes_classes_from_axis_one(name, seen):
            yield from self._judge_use(seen, name, seen.args[0])
        if self._waiting:
            yield from self._judge_samples(seen)
        if name in _OF_TWO and len(seen.args) > 1:
            yield from self._judge_both(seen, *seen.args[:2])
        for flow in (self._elsewhere, self._any, self._logarithms):
            flow.follow(seen)

    def _judge_axis(self, seen: OperationDone, scores: Tensor, axis: int) -> Iterator[Finding]:
        made = _Made(Applied(name_of(seen.function), self.activations.site(seen)), axis, tuple(scores.shape))
        if made.applied.name == "log_softmax":
            self._logarithms.mark(seen.result, made)
        self._any.mark(seen.result, made)
        if axis == 1 or 1 in (scores.shape[axis], scores.shape[1]):
            return
        size = scores.shape[0]
        if axis == 0 and size == self._batches.size and size not in scores.shape[1:]:
            yield self._found(made, f"a batch has {size} samples")
            return
        self._elsewhere.mark(seen.result, made)
        if axis == 0 and size not in scores.shape[1:]:
            self._waiting[made.applied.site] = made

    def _judge_use(self, seen: OperationDone, name: str, given: Tensor) -> Iterator[Finding]:
        made = self._elsewhere.of(given)
        if made:
            yield self._found(made, f"{name} at {seen.site.place} looks for the classes on axis 1")
            return
        made = self._logarithms.of(given)
        if made and name == "nll_loss":
            low, high = sums_of_exponentials(given, class_axis(given))
            # Some samples or some classes may have been left out on the way.
            if high > _MORE_THAN_ONE or (low < _LESS_THAN_ONE and given.numel() == prod(made.shape)):
                how = f"whose probabilities sum to {low:.2g} to {high:.2g} over the classes"
                yield self._found(made, f"nll_loss at {seen.site.place} got {tuple(given.shape)}, {how}")

    def _judge_both(self, seen: OperationDone, given: Tensor, target: Tensor) -> Iterator[Finding]:
        """Judge a loss that compares the probabilities of each sample with others."""
        one, other = self._any.of(given), self._any.of(target)
        if other is None or len(other.shape) != 2 or 1 in other.shape:
            return
        axis = 1 if name_of(seen.function) == "cross_entropy" else one.axis if one else other.axis
        # It must be told which of the two is the wrong one.
        wrong = other if other.axis == 0 else one
        if wrong and other.axis != axis:
            why = f"{name_of(seen.function)} at {seen.site.place} compares it with what sums to one along axis 1"
            yield self._found(wrong, why)

    def _judge_samples(self, seen: OperationDone) -> Iterator[Finding]:
        samples = samples_in_loss(seen)
        for site in [site for site, made in self._waiting.items() if made.shape[0] == samples]:
            yield self._found(self._waiting.pop(site), f"the loss at {seen.site.place} has {samples} samples")

    def _found(self, made: _Made, why: str) -> Finding:
        name, axis = made.applied.name, made.axis
        return self.finding(
            made.applied.site,
            f"{name} goes along {'the samples of the batch' if axis == 0 else f'axis {axis}'}, not the classes",
            evidence=f"along axis {axis} of {made.shape}; {why}",
            remedy=f"{name}(..., dim=-1), or whichever axis has the classes",
        )


def _takes_classes_from_axis_one(name: str, seen: OperationDone) -> bool:
    if name in _CLASSIFYING:
        return True
    given = seen.args[0] if seen.args else None
    if name not in _CHOOSING or not has_shape(given) or given.dim() != 2:
        return False
    axis = seen.kwargs.get("dim", seen.args[1] if len(seen.args) > 1 else None)
    return name == "multinomial" or (isinstance(axis, int) and axis in (1, -1))


def _axis(seen: OperationDone) -> int:
    scores = seen.args[0]
    given = seen.kwargs.get("dim", seen.args[1] if len(seen.args) > 1 else None)
    if given is None:
        return 0 if scores.dim() == 3 else 1  # what torch takes, with a warning
    return int(given) % int(scores.dim())
