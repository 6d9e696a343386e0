"""Any iterable of batches: resumed exactly by walking it again under the same keys."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import nullcontext
from enum import Enum
from typing import Any

from torch.utils.data import DataLoader

from retorch.data._delivery import Workers, seed_giver
from retorch.data._history import History
from retorch.data._source import JSON, Pass, PastPass
from retorch.randomness import key, seed_streams, single_threaded


class Memory(Enum):
    """What an iterable keeps from one pass to the next."""

    NONE = "each pass starts anew"
    PASSES = "state may survive from pass to pass"
    ONCE = "it can be walked only once, and each pass goes on where the one before stopped"


class IteratedSource:
    """Batch n is what the iterable gives as its item n, the global streams seeded before each.

    Args:
        begin: starts a pass, given seed and pass.
        memory: whether earlier passes have to be walked again too.
        facts: what a position depends on.
        length: what the iterable says that a pass has, None if nothing.
        at_one_thread: whether items come from samples that this process reads, which it does at one thread.
        advice: sentences for the user.
    """

    replays = True

    def __init__(
        self,
        begin: Callable[[int, Pass], Iterator[Any]],
        *,
        memory: Memory,
        facts: dict[str, JSON],
        length: int | None = None,
        at_one_thread: bool = False,
        advice: tuple[str, ...] = (),
    ) -> None:
        self.advice = advice
        self._begin = begin
        self._memory = memory
        self._facts = facts
        self._length = length
        self._threads = single_threaded if at_one_thread else nullcontext
        self._history = History()

    def signature(self) -> dict[str, JSON]:
        """Return the facts that a position depends on."""
        return dict(self._facts)

    def batches(self) -> int | None:
        """Return what the iterable says that it gives in a pass."""
        return self._length

    def ids(self) -> None:
        """Nobody knows which samples an iterable gave."""

    def open(self, seed: int, at: Pass, start: int = 0, past: Sequence[PastPass] = ()) -> Iterator[Any]:
        """Return the batches of one pass from number `start` on; the ones before it are read and dropped."""
        return self._walk(seed, at, start, tuple(past))

    def _walk(self, seed: int, at: Pass, start: int, past: Sequence[PastPass]) -> Iterator[Any]:
        if self._memory is not Memory.NONE:
            for earlier in self._history.missing(past, at):
                self._walk_again(seed, earlier)
            self._history.begin(at)
        for number, batch in enumerate(self._items(seed, at)):
            if number >= start:
                yield batch

    def _walk_again(self, seed: int, earlier: PastPass) -> None:
        self._history.begin(earlier.at)
        # The step after the last batch runs the code behind the last `yield`. What is walked only once has none
        # that matters: it would take the first batch of the next pass.
        to_the_end = earlier.finished and self._memory is not Memory.ONCE
        items = self._items(seed, earlier.at)
        for _ in range(earlier.batches + to_the_end):
            next(items, None)

    def _items(self, seed: int, at: Pass) -> Generator[Any, None, None]:
        seed_streams(key(seed, "order", at.epoch, at.section))
        items = self._begin(seed, at)
        number = 0
        while True:
            seed_streams(key(seed, "augment", at.epoch, at.section, number))
            try:
                with self._threads():
                    batch = next(items)
            except StopIteration:
                return
            yield batch
            number += 1


class Stream:
    """Starts passes over the iterable data set of a plain DataLoader, with workers that a key has seeded.

    Args:
        loader: torch's DataLoader over an iterable data set; it is read, never walked.
        workers: its settings.
        salt: from the first state of the user's own generator, if there is one.
    """

    def __init__(self, loader: DataLoader[Any], workers: Workers, salt: tuple[int, ...]) -> None:
        self._salt = salt
        self._keep = workers.keep
        self._generator = seed_giver()
        self._loader: DataLoader[Any] = DataLoader(
            loader.dataset,
            batch_size=loader.batch_size,
            drop_last=loader.drop_last,
            collate_fn=loader.collate_fn,
            generator=self._generator,
            **workers.options(),
        )

    def __call__(self, seed: int, at: Pass) -> Iterator[Any]:
        """Return torch's own iterator over the batches of one pass."""
        # Workers that are kept started in some earlier pass, so their seed cannot tell which.
        position = () if self._keep else (at.epoch, at.section)
        self._generator.manual_seed(key(seed, "workers", *position, *self._salt))
        return iter(self._loader)
