"""The mean losses of several batches are added up, and not divided by their number."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import BackwardBegins, BatchFetched, ModuleBegins, OperationDone, ScalerCalled
from retorch.checks._rule import sees
from retorch.checks._scene import Scene
from retorch.checks.rules.loop._entries import Account, Backward, Use
from retorch.checks.rules.loop._following import LoopRule
from retorch.checks.rules.loop._pieces import Pieces

_MEAN = 1  # torch.nn.Reduction
_DEPTH = 4

# Which data, and which part of it.
_Batch: TypeAlias = tuple[int, int] | None


class AccumulatedLossNotDivided(LoopRule):
    """Gradients of several batches are accumulated for one step, each from a loss that is already a mean.

    Why it matters: the sum of k means is k times the mean over all of them: the step is k times as long, and so changes
    with the number of batches that one accumulates. With Adam the length hides, but clipping and weight decay are
    out of proportion.

    When it is fine: a learning rate that was chosen for the sum. Several losses of one batch, the losses of several
    tasks, and a loss that is a sum itself are not meant.

    Wrong: `loss.backward()` for each of k batches, then `optimizer.step()`.

    Right: `(loss / k).backward()`.

    Reported: https://github.com/hirofumi0810/neural_sp/issues/168
    """

    name = "accumulated-loss-not-divided"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._pieces = Pieces()
        self._batch: _Batch = None
        self._numbers = count()
        # Graph nodes of scaled losses, by their numbers, and whether what was scaled is a mean.
        self._scaled: dict[int, bool] = {}
        self._passes: WeakKeyDictionary[Backward, tuple[_Batch, bool]] = WeakKeyDictionary()
        self._rounds: WeakKeyDictionary[Account, int] = WeakKeyDictionary()

    @sees(BatchFetched)
    def fetch(self, seen: BatchFetched) -> None:
        """Remember the batch, to tell accumulation from several losses of one batch, or of several tasks."""
        self._batch = id(seen.loader), next(self._numbers)

    @sees(OperationDone)
    def cut(self, seen: OperationDone) -> None:
        """Follow batches that are cut out of a tensor by hand."""
        self._pieces.follow(seen)

    @sees(ModuleBegins)
    def call(self, seen: ModuleBegins) -> None:
        """Remember the batch that a model is called with."""
        if seen.depth or not seen.grad_enabled:
            return
        pieces = {self._pieces.of(given) for given in seen.args if isinstance(given, Tensor)}
        # What goes in beside a piece may be a state, and the pieces steps of a sequence.
        if len(pieces) == 1 and (piece := pieces.pop()):
            self._batch = piece

    @sees(ScalerCalled)
    def scale(self, seen: ScalerCalled) -> None:
        """Remember which scaled losses are means."""
        if seen.act == "scale" and isinstance(seen.given, Tensor) and seen.result.grad_fn is not None:
            self._scaled[seen.result.grad_fn._sequence_nr()] = _is_mean(seen.given.grad_fn, _DEPTH)  # noqa: SLF001

    @sees(BackwardBegins)
    def judge_root(self, seen: BackwardBegins) -> None:
        """Look at what a pass starts from: the bare result of a mean."""
        self.ledger.follow(seen)
        if self.ledger.backward is not None and seen.accumulates:
            is_mean = all(self._is_mean(root) for root in seen.roots)
            self._passes[self.ledger.backward] = (self._batch, is_mean)
        self._scaled.clear()

    def _is_mean(self, root: Tensor) -> bool:
        node = root.grad_fn
        scaled = self._scaled.get(node._sequence_nr()) if node is not None else None  # noqa: SLF001 - of a node
        return _is_mean(node, _DEPTH) if scaled is None else scaled

    def judge_step(self, account: Account, use: Use) -> Iterator[Finding]:
        """Judge a step that uses several passes of one line, each of another batch; the second one of its kind."""
        passes = use.fresh
        known = [self._passes.get(each, (None, False)) for each in passes]
        # The gradients may be divided as well as the loss.
        is_sum = _are_means_of_batches(known) and not (use.stale or use.by_hand or use.touched)
        is_sum = is_sum and len({each.site for each in passes}) == 1
        self._rounds[account] = self._rounds.get(account, 0) + is_sum
        if is_sum and self._rounds[account] >= 2:
            yield self.finding(
                passes[0].site,
                "mean losses of several batches are added up for one step, and not divided by their number",
                evidence=f"the step at {use.site.place} used the sum of {len(passes)} backward passes from this line, "
                "each of another batch, each from a loss that is a mean",
                remedy=f"(loss / {len(passes)}).backward()",
            )


def _are_means_of_batches(known: list[tuple[_Batch, bool]]) -> bool:
    """Tell whether several passes started from means, each over another batch of the same data."""
    batches = [batch for batch, is_mean in known if batch and is_mean]
    return len(batches) == len(known) == len(set(batches)) >= 2 and len({source for source, _ in batches}) == 1


def _is_mean(node: Any, depth: int) -> bool:
    """Tell whether a loss is the bare result of a mean, or has one in its sum."""
    if node is None or not depth:
        return False
    name = node.name()
    if name.startswith(("Add", "Sub")):
        return any(_is_mean(below, depth - 1) for below, _ in node.next_functions)
    reduction = getattr(node, "_saved_reduction", None)
    return bool(reduction == _MEAN) if reduction is not None else name.startswith("MeanBackward")
