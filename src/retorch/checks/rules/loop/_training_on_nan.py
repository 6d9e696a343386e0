"""The loss is NaN, and the optimizer goes on stepping."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary, WeakSet

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.optim import Optimizer

from retorch.checks._finding import Finding
from retorch.checks._held import held_by
from retorch.checks._leaves import node_of
from retorch.checks._observations import BackwardBegins, ModuleBegins, OperationDone, StepDone
from retorch.checks._rows import tensors_in
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules.loop._entries import is_missing_or_zero
from retorch.lines import Site

_MOST_VALUES = 2**20
# So many such steps in a row are no chance, even where the weights stay numbers.
_ROUNDS = 3
# The derivative of the first is infinite where their result is zero; masks and choices of infinity harm nobody.
_STEEP_AT_ZERO = ("SqrtBackward", "AcosBackward")
_CHOOSING = ("MaskedFillBackward", "WhereBackward", "IndexPutBackward")


class _Origin(NamedTuple):
    """Where NaN came into being: the line, what happens there, and the remedy."""

    site: Site
    message: str
    remedy: str


class TrainingOnNan(Rule):
    """The loss is NaN, and the optimizer steps on its gradients, again and again.

    Why it matters: one such step makes the weights NaN, and nothing that comes after it can be learned. It mostly
    comes from data with gaps, from `sqrt`, `log` or a division at zero, and from a learning rate that is far too high.

    When it is fine: a search that also tries settings with which training fails. Steps that are left out because the
    loss or a gradient is NaN, as by a `GradScaler`, and older weights that are loaded at once, are not meant: this
    check asks for two such steps in a row after which weights are NaN, or for three.

    Wrong: `distance = (h ** 2).sum(1).sqrt()`, where h may be zero, whose gradient is then infinite.

    Right: `distance = ((h ** 2).sum(1) + 1e-8).sqrt()`.

    Reported: https://github.com/Li-Chongyi/Zero-DCE_extension/issues/2
    """

    name = "training-on-nan"
    grade = "warning"
    rests = True

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # In the forward pass that runs now: the first line that makes NaN, and the first whose derivative is infinite.
        self._makes: _Origin | None = None
        self._steep: _Origin | None = None
        # The latter of the pass before.
        self._steep_before: _Origin | None = None
        self._first: _Origin | None = None
        self._loss_at: Site | None = None
        self._rounds: WeakKeyDictionary[Optimizer, int] = WeakKeyDictionary()
        self._told: WeakSet[Optimizer] = WeakSet()

    def is_settled(self) -> bool:
        """Wait for what a NaN leads to."""
        return all(rounds >= _ROUNDS for rounds in self._rounds.values())

    def look_away(self) -> None:
        """Forget the pass that was under way."""
        self._makes = self._steep = self._steep_before = self._loss_at = None

    @sees(ModuleBegins, closely=True)
    def enter(self, seen: ModuleBegins) -> None:
        """Look at the data that a model is given."""
        if self._first or self._makes or seen.depth or not seen.grad_enabled:
            return
        if any(not each.requires_grad and _can_be_read(each) and _has_nan(each) for each in tensors_in(seen.args)):
            name = type(seen.module).__name__
            self._makes = _Origin(
                seen.site, f"the input of {name} holds NaN", "fill or drop the gaps in the data before training"
            )

    @sees(OperationDone, closely=True)
    def watch(self, seen: OperationDone) -> None:
        """Look for the first operation that makes NaN out of numbers, or whose derivative is infinite."""
        if self._first or self._makes or not isinstance(seen.result, (Tensor, tuple, list)):
            return
        results = [each for each in tensors_in(seen.result) if each.requires_grad and _can_be_read(each)]
        if not results:
            return
        if any(_has_nan(each) for each in results):
            given = [*tensors_in(seen.args), *tensors_in(list(seen.kwargs.values()))]
            if not any(map(_is_spoilt, (*given, *_weights(seen)))):
                remedy = "keep what goes in here away from where it has no value, such as by adding a small number"
                self._makes = _Origin(seen.site, "this makes NaN out of numbers", remedy)
        elif not self._steep and any(_is_steep(each) for each in results):
            remedy = "add a small number to what goes in here, or keep it away from zero"
            self._steep = _Origin(seen.site, "the derivative of this is infinite where its input is zero", remedy)

    @sees(BackwardBegins)
    def judge_loss(self, seen: BackwardBegins) -> None:
        """Look whether a loss is NaN."""
        if not seen.accumulates:
            return
        if any(self._is_nan(root) for root in seen.roots):
            self._loss_at = seen.site
            # Where finite weights gave NaN, the line is in this pass; else the step before has made them NaN.
            self._first = self._first or self._makes or self._steep_before
        else:
            self._loss_at = self._first = None
        # A NaN that was thrown away comes back with its derivative.
        self._steep_before = self._steep or self._makes
        self._makes = self._steep = None

    def _is_nan(self, root: Tensor) -> bool:
        """Read a loss, but wait for a device only in the first steps."""
        if type(root) is not Tensor or root.numel() != 1:
            return False
        if root.device.type != "cpu" and not self.scene.watches_operations:
            return False
        value = root.item()
        return value != value  # noqa: PLR0124 - NaN

    @sees(StepDone)
    def judge(self, seen: StepDone) -> Iterator[Finding]:
        """Judge a step on such a loss: the second in a row that leaves weights which are NaN, or the third of all."""
        optimizer, loss_at = seen.optimizer, self._loss_at
        if loss_at is None:
            self._rounds.pop(optimizer, None)
            return
        rounds = self._rounds[optimizer] = self._rounds.get(optimizer, 0) + 1
        if 2 <= rounds <= _ROUNDS and optimizer not in self._told:
            weights = held_by(optimizer)
            spoilt = sum(map(_has_nan, weights))
            if spoilt or (rounds == _ROUNDS and not all(is_missing_or_zero(weight.grad) for weight in weights)):
                self._told.add(optimizer)
                yield self._found(loss_at, rounds, f"{spoilt} of {len(weights)}")

    def _found(self, loss_at: Site, rounds: int, spoilt: str) -> Finding:
        site, message, remedy = self._first or _Origin(
            loss_at,
            "this loss is NaN, and the optimizer steps on it",
            "find where it comes from with torch.autograd.set_detect_anomaly(True), or try a lower learning rate",
        )
        return self.finding(
            site,
            message if self._first is None else f"{message}, and the training goes on with it",
            evidence=f"the loss at {loss_at.place} was NaN in {rounds} steps in a row, and after them {spoilt} "
            "parameters of the optimizer are NaN",
            remedy=remedy,
        )


def _weights(seen: OperationDone) -> Iterable[Any]:
    return seen.inside[-1].parameters(recurse=False) if seen.inside else ()


def _can_be_read(tensor: Any) -> bool:
    """Tell whether a tensor can be looked at without waiting, and soon."""
    return (
        type(tensor) in (Tensor, Parameter)
        and tensor.device.type == "cpu"
        and tensor.layout is torch.strided
        and not tensor.is_nested
        and tensor.is_floating_point()
        and tensor.numel() <= _MOST_VALUES
    )


def _has_nan(tensor: Tensor) -> bool:
    is_plain = tensor.is_floating_point() and tensor.layout is torch.strided
    return is_plain and not tensor.is_nested and bool(tensor.detach().isnan().any())


def _is_spoilt(tensor: Tensor) -> bool:
    """Tell whether a tensor holds NaN, or infinity as of weights that explode; minus infinity is what masks are of."""
    return _can_be_read(tensor) and bool((tensor.detach().isnan() | tensor.detach().isposinf()).any())


def _is_steep(result: Tensor) -> bool:
    """Tell whether the derivative of the operation that made this may be infinite."""
    node = node_of(result)
    name = node.name() if node is not None else ""
    values = result.detach()
    if name.startswith(_STEEP_AT_ZERO) or (name.startswith("PowBackward0") and _exponent(node) < 1):
        return bool((values == 0).any())
    return bool(values.isinf().any()) and not name.startswith(_CHOOSING)


def _exponent(node: Any) -> float:
    exponent = getattr(node, "_saved_exponent", 1.0)
    return float(exponent) if isinstance(exponent, (int, float)) else 1.0
