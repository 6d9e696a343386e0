"""The model is called with each batch, and only what it said to the last one is learned from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._leaves import AccumulateGrad, node_of
from retorch.checks._observations import (
    BackwardBegins,
    BatchFetched,
    LoaderEnded,
    ModuleDone,
    OperationDone,
)
from retorch.checks._rows import tensors_in
from retorch.checks._rule import sees
from retorch.checks._scene import Scene
from retorch.checks.rules.loop._entries import Account, Backward, Use
from retorch.checks.rules.loop._following import LoopRule
from retorch.checks.rules.loop._pieces import Piece, Pieces

# So many batches that are thrown away in a round are no chance.
_FEWEST_LOST = 2
_MOST = 10_000


class BatchesNotLearnedFrom(LoopRule):
    """A whole pass over the data goes through the model in training, and backward is called for its last batch only.

    Why it matters: `backward` and `step` stand outside of the loop over the batches, one indentation too far to the
    left. The graphs of all other batches are thrown away: an epoch is one step, on one batch.

    When it is fine: batches that are only looked at between two steps; call the model under `torch.no_grad()` then,
    which saves memory too. A loss that sums over several batches is seen, and so is a loop that also steps otherwise.

    Wrong: `for x, y in loader: loss = criterion(model(x), y)`, and after the loop `loss.backward(); optimizer.step()`.

    Right: `for x, y in loader: loss = criterion(model(x), y); loss.backward(); optimizer.step()`.
    """

    name = "batches-not-learned-from"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._pieces = Pieces()
        self._numbers = count()
        self._batch: Piece | None = None
        # Since the last step, for each batch: the number of the last graph node that models made of it.
        self._calls: dict[Piece, int] = {}
        self._lost: WeakKeyDictionary[Backward, int] = WeakKeyDictionary()
        # How many steps in a row were like that; None for an optimizer that also steps otherwise.
        self._rounds: WeakKeyDictionary[Account, int | None] = WeakKeyDictionary()

    def is_settled(self) -> bool:
        """Wait for the second step."""
        return super().is_settled() and 1 not in self._rounds.values()

    def look_away(self) -> None:
        """Forget the round that was under way."""
        super().look_away()
        self._calls.clear()

    @sees(BatchFetched)
    def fetch(self, seen: BatchFetched) -> None:
        """Remember the batch."""
        self._batch = Piece(id(seen.loader), next(self._numbers))

    @sees(LoaderEnded)
    def end(self, _: LoaderEnded) -> None:
        """What a model is called with after the pass is no batch of it."""
        self._batch = None

    @sees(OperationDone, closely=True)
    def cut(self, seen: OperationDone) -> None:
        """Follow batches that are cut out of a tensor by hand."""
        self._pieces.follow(seen)

    @sees(ModuleDone)
    def call(self, seen: ModuleDone) -> None:
        """Remember what came out of a model for a batch in training."""
        if seen.depth or not seen.grad_enabled or not seen.module.training or len(self._calls) >= _MOST:
            return
        nodes = [node for node in map(node_of, tensors_in(seen.output)) if node is not None]
        if nodes:
            batch = (
                self._batch or self._piece(seen.args) or self._one_before(seen.args) or Piece(0, next(self._numbers))
            )
            self._calls.pop(batch, None)
            self._calls[batch] = max(node._sequence_nr() for node in nodes)  # noqa: SLF001 - the number of a node

    def _piece(self, given: Iterable[Any]) -> Piece | None:
        pieces = {self._pieces.of(each) for each in given if isinstance(each, Tensor)}
        return pieces.pop() if len(pieces) == 1 else None

    def _one_before(self, given: Iterable[Any]) -> Piece | None:
        """What other modules made of a batch belongs to that batch."""
        is_made = any(each.requires_grad for each in tensors_in(tuple(given)))
        return next(reversed(self._calls), None) if is_made else None

    @sees(BackwardBegins)
    def judge_root(self, seen: BackwardBegins) -> None:
        """Look whether a loss stands on the last batch only."""
        self.ledger.follow(seen)
        backward = self.ledger.backward
        calls, self._calls = self._calls, {}
        if len(calls) <= _FEWEST_LOST or not seen.accumulates or backward is None:
            return
        *earlier, last = calls
        if {each.source for each in earlier} == {last.source} and _stands_on_the_last(seen.roots, [*calls.values()]):
            self._lost[backward] = len(earlier)

    def judge_step(self, account: Account, use: Use) -> Iterator[Finding]:
        """Judge the second step in a row of an optimizer that never stepped otherwise."""
        lost = self._lost.get(use.fresh[0], 0) if len(use.fresh) == 1 else 0
        rounds = self._rounds.get(account, 0)
        if not lost or rounds is None:
            self._rounds[account] = None
            return
        self._rounds[account] = rounds + 1
        if rounds:
            yield self.finding(
                use.fresh[0].site,
                "only the last batch of each pass over the data is learned from",
                evidence=f"before this backward pass the model was called with {lost + 1} batches in training, and the "
                f"loss stands on the last of them; each of the {rounds + 1} steps of this optimizer came so",
                remedy="put loss.backward() and optimizer.step() into the loop over the batches",
            )


def _stands_on_the_last(roots: Iterable[Tensor], numbers: list[int]) -> bool:
    """Tell whether a graph reaches what was made of the last batch, and nothing that was made before."""
    *_, before, last = numbers
    waiting = [node for node in map(node_of, roots) if node is not None]
    seen: set[Any] = set()
    is_on_the_last = False
    while waiting:
        node = waiting.pop()
        if node in seen or isinstance(node, AccumulateGrad):
            continue
        seen.add(node)
        number = node._sequence_nr()  # noqa: SLF001 - the number of a node
        if number <= before:
            return False
        is_on_the_last |= number <= last
        waiting.extend(below for below, _ in node.next_functions if below is not None)
    return is_on_the_last
