"""Outputs and targets that are flattened, each in its own order."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import Flow, name_of
from retorch.checks.rules.losses._values import has_shape

_FLATTENING = frozenset({"flatten", "ravel", "reshape", "view"})
_KEEPING = frozenset({
    "clone", "contiguous", "cpu", "cuda", "detach", "double", "float", "log", "log_softmax", "long", "sigmoid",
    "softmax", "squeeze", "to", "type", "unsqueeze",
})  # fmt: skip
_LOSSES = frozenset({
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "huber_loss", "l1_loss", "mse_loss",
    "nll_loss", "smooth_l1_loss",
})  # fmt: skip


class FlattenedInAnotherOrder(Rule):
    """Outputs (T, N, C) and targets (N, T) are flattened and compared, each in its own order.

    Why it matters: the first values are all samples at the first step in the one, and all steps of the first sample in
    the other. They are as many, so it runs, and nearly every output is told the target of another place.

    When it is fine: where the sizes say something else than what the axes are.

    Wrong: `F.cross_entropy(logits.view(-1, C), targets.view(-1))` of logits (T, N, C) and targets (N, T).

    Right: `F.cross_entropy(logits.transpose(0, 1).reshape(-1, C), targets.reshape(-1))`.
    """

    name = "flattened-in-another-order"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # The axes that became the first one.
        self._joined: Flow[tuple[int, ...]] = Flow(_KEEPING)

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge the two arguments of a loss by what was joined to make their first axis."""
        name = name_of(seen.function)
        if name in _FLATTENING:
            if seen.args and has_shape(seen.args[0]) and has_shape(seen.result):
                self._remember(tuple(seen.args[0].shape), seen.result)
        elif name not in _LOSSES:
            self._joined.follow(seen)
        elif len(seen.args) > 1:
            outputs, targets = (self._joined.of(value) for value in seen.args[:2])
            if outputs and targets and outputs != targets and outputs == targets[::-1]:
                yield self._found(seen, outputs, targets)

    def _remember(self, before: tuple[int, ...], flat: Tensor) -> None:
        joined = before[:2]
        if len(joined) == 2 and 1 not in joined and flat.dim() and flat.shape[0] == joined[0] * joined[1]:
            self._joined.mark(flat, joined)

    def _found(self, seen: OperationDone, outputs: tuple[int, ...], targets: tuple[int, ...]) -> Finding:
        return self.finding(
            seen.site,
            "outputs and targets are flattened in different orders: most outputs meet the target of another place",
            evidence=f"the {outputs[0] * outputs[1]} outputs were {outputs} before, the targets {targets}",
            remedy="transpose the first two axes of one of them before it is flattened",
        )
