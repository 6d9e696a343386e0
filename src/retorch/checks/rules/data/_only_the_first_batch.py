"""Training on the first batch of a loader again and again."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from retorch.checks._finding import Finding
from retorch.checks._observations import BatchFetched, LoaderBegins, ModuleBegins
from retorch.checks._rows import number_of_all
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.lines import Site

# So often the same batch is trained on before it is told.
_TIMES = 3


@dataclass
class _Pass:
    """A pass as far as it has come, and how many before it were like it."""

    site: Site
    step: int
    batch: int | None = None
    batches: int = 0
    trains: bool = False
    times: int = 1


class OnlyTheFirstBatch(Rule):
    """The model is trained on the first batch of a loader again and again, and on no other.

    Why it matters: `iter(loader)` begins a new pass, and without a shuffle each pass begins with the same batch. The
    loss falls well, for the model learns these few samples by heart; all the others are never read.

    When it is fine: to see whether a model can learn one batch by heart.

    Wrong: `x, y = next(iter(loader))` in each step; a `break` at the end of the loop over the loader.

    Right: `for x, y in loader:`; or `batches = iter(loader)` once, and `next(batches)` in each step.

    Reported: https://github.com/leohsuofnthu/Pytorch-IterativeFCN/issues/7
    """

    name = "only-the-first-batch"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._passes: WeakKeyDictionary[Any, _Pass] = WeakKeyDictionary()
        self._waiting: list[_Pass] = []

    @sees(LoaderBegins)
    def begin(self, seen: LoaderBegins) -> Iterator[Finding]:
        """Count passes that were left after the same first batch, which the model was trained on."""
        before = self._passes.get(seen.loader)
        now = self._passes[seen.loader] = _Pass(seen.site, self.scene.step)
        if before is None or before.batches != 1 or not before.trains or self.scene.step == before.step:
            return
        now.batch, now.times = before.batch, before.times + 1
        if before.times == _TIMES and _has_more(seen.loader):
            yield self._found(before)

    @sees(BatchFetched)
    def fetched(self, seen: BatchFetched) -> None:
        """Compare the first batch with that of the pass before."""
        now = self._passes.get(seen.loader)
        if now is None:
            return
        now.batches += 1
        if seen.number == 0:
            number = hash(seen.indices) if seen.indices else number_of_all(seen.batch)
            now.times = now.times if number is not None and number == now.batch else 1
            now.batch = number
            self._waiting.append(now)

    @sees(ModuleBegins)
    def called(self, seen: ModuleBegins) -> None:
        """Note whether the first call of a model after a batch is training."""
        if self._waiting and not seen.depth:
            for each in self._waiting:
                each.trains = self.scene.phase == "training"
            self._waiting.clear()

    def _found(self, before: _Pass) -> Finding:
        return self.finding(
            before.site,
            "the model is trained on the first batch of the loader again and again",
            evidence=f"{before.times} passes were left after one batch, the same each time",
            remedy="for batch in loader:, or batches = iter(loader) once before the loop and next(batches) in it",
        )


def _has_more(loader: Any) -> bool:
    return not isinstance(loader.dataset, Sized) or len(loader) > 1
