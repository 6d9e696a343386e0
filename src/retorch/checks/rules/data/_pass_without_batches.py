"""A loop over a loader that never runs."""

from __future__ import annotations

import opcode
from collections.abc import Iterator, Sized
from typing import Any
from weakref import WeakKeyDictionary

from retorch.checks._finding import Finding
from retorch.checks._observations import IteratorExhausted, LoaderEnded, LoaderMade
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import times
from retorch.lines import Site, user_frame


class PassWithoutBatches(Rule):
    """A loop over a loader does not run at all: there is no batch in it, or none any more.

    Why it matters: nothing fails. The epoch is over at once, the model stays as it is, and the loss of the epoch is
    zero, the last one, or a division by zero.

    When it is fine: a data set that may be empty, such as the few samples of one participant of many.

    Wrong: `DataLoader(data, batch_size=64, drop_last=True)` over 50 samples; or `batches = iter(loader)` before the
    epochs and `for x, y in batches:` in each of them.

    Right: a batch size below the number of samples, or `drop_last=False`; `for x, y in loader:`.

    Reported: https://github.com/RasmussenLab/vamb/pull/425
    """

    name = "pass-without-batches"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._made: WeakKeyDictionary[Any, Site] = WeakKeyDictionary()
        self._batches: WeakKeyDictionary[Any, int] = WeakKeyDictionary()

    @sees(LoaderMade)
    def made(self, seen: LoaderMade) -> None:
        """Note which line built a loader."""
        self._made[seen.loader] = seen.site

    @sees(LoaderEnded)
    def end(self, seen: LoaderEnded) -> Iterator[Finding]:
        """Judge a pass that gave nothing."""
        loader = seen.loader
        before = self._batches.get(loader, 0)
        if seen.batches:
            self._batches[loader] = seen.batches
        elif before:
            yield self.finding(
                seen.site,
                "this pass over the loader gives no batch, and the one before gave some",
                evidence=f"{times(before, 'batch')} before and 0 now; the data set is of type "
                f"{type(loader.dataset).__name__}",
                remedy="let __iter__ of the data set begin anew each time: a generator that was kept is exhausted",
            )
        else:
            yield self.finding(
                self._made.get(loader) or seen.site,
                "the loader gives no batch at all",
                evidence=_told(loader),
                remedy="a smaller batch_size, or drop_last=False" if loader.drop_last else "see why there is no sample",
            )

    @sees(IteratorExhausted)
    def exhausted(self, seen: IteratorExhausted) -> Iterator[Finding]:
        """Judge a loop over an iterator; `next` with a default may ask on for good reason."""
        if _is_at_a_loop():
            yield self.finding(
                seen.site,
                "the loop does not run: its iterator came to its end in an earlier one",
                evidence=f"the iterator of the loader has given all its {seen.batches} batches; an iterator gives them "
                "once, a loader each time",
                remedy="for batch in loader: without iter(...), zip(...) or enumerate(...) made before the epochs",
            )


def _told(loader: Any) -> str:
    samples = f"{len(loader.dataset)} samples" if isinstance(loader.dataset, Sized) else "a stream"
    return f"{samples}, batch_size={loader.batch_size}{', drop_last=True' if loader.drop_last else ''}: 0 batches"


def _is_at_a_loop() -> bool:
    frame = user_frame()
    return frame is not None and opcode.opname[frame.f_code.co_code[frame.f_lasti]] == "FOR_ITER"
