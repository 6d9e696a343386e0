"""Outputs and targets compared each with each, by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import ModuleDone, OperationDone
from retorch.checks._rule import sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import JUDGING, Flow, name_of
from retorch.checks.rules.losses._pairs import PairRule, every_pair, is_loss_of_elements
from retorch.checks.rules.losses._values import has_shape

_COMPARING = frozenset({
    "__add__", "__eq__", "__mul__", "__ne__", "__radd__", "__rmul__", "__rsub__", "__sub__", "__truediv__", "add",
    "div", "eq", "mul", "multiply", "ne", "rsub", "sub", "subtract",
})  # fmt: skip
_SUBTRACTING = frozenset({"__rsub__", "__sub__", "rsub", "sub", "subtract"})
_AVERAGING = frozenset({"mean", "sum"})
_KEEPING = JUDGING | {"__getitem__", "data", "gather", "maximum", "minimum", "neg", "relu", "sign", "topk", "type"}


class _Output(NamedTuple):
    """What a model put out: its class, and at which call of a model."""

    kind: str
    call: int


class DifferenceOfEveryPair(PairRule):
    """Outputs (N, 1) are subtracted from or compared with targets (N,), each with each.

    Why it matters: broadcasting makes N x N values of them. A hand-written loss then teaches the mean of all targets,
    an accuracy counts up to N x N hits.

    When it is fine: where every pair is wanted, as in a distance between two samples; `output[:, None] - target` says
    so, and this check is silent.

    Wrong: `((model(x) - y) ** 2).mean()` with `model(x)` of shape (N, 1) and `y` of shape (N,);
    `(model(x) > 0).eq(y).sum()`; `log_prob * advantage` of shapes (N,) and (N, 1).

    Right: `((model(x).squeeze(1) - y) ** 2).mean()`.
    """

    name = "difference-of-every-pair"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._outputs: Flow[_Output] = Flow(_KEEPING)
        # Differences of every pair of which nothing is known but that they were taken.
        self._differences: Flow[tuple[Finding, ...]] = Flow(())

    @sees(ModuleDone, closely=True)
    def remember(self, seen: ModuleDone) -> None:
        """Remember what a model put out."""
        if seen.depth == 0:
            self._outputs.mark(seen.output, _Output(type(seen.module).__name__, self.calls))

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge a difference, a product or a comparison of an output with something that is none of the same."""
        name = name_of(seen.function)
        yield from self._judge_differences(seen, name)
        if is_loss_of_elements(seen):
            # Without an axis that was added, it is the error of another check.
            if any(self.is_stretched(value) for value in seen.args[:2]):
                yield from self._judge_shapes(seen, *seen.args[:2])
        elif name not in _COMPARING:
            self._outputs.follow(seen)
        elif len(seen.args) == 2:
            one, other = seen.args
            if has_shape(one) and has_shape(other) and self._may_be_compared(seen, one, other):
                found = tuple(self._judge_shapes(seen, one, other))
                if found and name in _SUBTRACTING:
                    self._differences.mark(seen.result, found)
                else:
                    yield from found
            known = self._outputs.of(one) or self._outputs.of(other)
            if known:
                self._outputs.mark(seen.result, known)

    def _judge_differences(self, seen: OperationDone, name: str) -> Iterator[Finding]:
        """Judge a difference by its use: the mean of all pairs of differences is the difference of the means."""
        for given in seen.args:
            found = self._differences.of(given)
            if found:
                self._differences.forget(given)
                yield from () if name in _AVERAGING else found

    def _may_be_compared(self, seen: OperationDone, one: Tensor, other: Tensor) -> bool:
        if self.is_stretched(one) or self.is_stretched(other):
            return False
        known = {self._outputs.of(one), self._outputs.of(other)}
        if known != {None}:
            return len(known) == 2
        # A model of functions, or a loss inside of the model.
        data = other if one.requires_grad else one
        return (
            name_of(seen.function) in _SUBTRACTING
            and {one.requires_grad, other.requires_grad} == {True, False}
            and not any(data is buffer for module in seen.inside for buffer in module.buffers(recurse=False))
        )

    def _judge_shapes(self, seen: OperationDone, one: Tensor, other: Tensor) -> Iterator[Finding]:
        shape = every_pair(one, other)
        if shape:
            is_output = self._outputs.of(one) or (self._outputs.of(other) is None and one.requires_grad)
            output, target = (one, other) if is_output else (other, one)
            known = self._outputs.of(output)
            who = f"{known.kind} gave {tuple(output.shape)}" if known else f"the output has {tuple(output.shape)}"
            yield self.finding(
                seen.site,
                "each output is compared with every target, not only with its own",
                evidence=f"{who}, which broadcasts with {tuple(target.shape)} to {shape}",
                remedy="give both the same shape: output.squeeze(-1), or target.unsqueeze(-1)",
            )
