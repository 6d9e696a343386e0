"""A map-style data set under a user's own sampler: the sampler is walked again, no skipped sample is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from retorch.data._delivery import Delivery, Numbered
from retorch.data._history import History
from retorch.data._ordered import augment_key, worker_seed
from retorch.data._source import JSON, Pass, PastPass
from retorch.errors import UsageError
from retorch.randomness import key, seed_streams


class SampledSource:
    """Batch n holds what a sampler gives as its item n, walked under keys.

    What a sampler remembers from pass to pass (a counter, a generator of its own) is brought back by walking its
    earlier passes too. A pass that was left early is first walked to the end that `len(sampler)` promises, so that
    it does not matter how far workers had read ahead; for a sampler without a length that distance is kept.

    Args:
        sampler: gives lists of indices, or single indices where nothing is batched.
        delivery: reads the batches.
        facts: what a position depends on.
        advice: sentences for the user.
    """

    replays = True

    def __init__(
        self,
        sampler: Iterable[Any],
        delivery: Delivery,
        *,
        facts: dict[str, JSON],
        advice: tuple[str, ...] = (),
    ) -> None:
        self.advice = advice
        self._facts = facts
        self._sampler = sampler
        self._delivery = delivery
        self._history = History()
        self._latest: _SamplerWalk | None = None

    def signature(self) -> dict[str, JSON]:
        """Return the facts that a position depends on."""
        facts = self._facts | {"batches": self.batches()}
        dataset = self._delivery.reader.dataset
        if hasattr(dataset, "__len__"):
            facts["samples"] = len(dataset)
        if self.batches() is None:
            facts["look_ahead"] = self._delivery.workers.look_ahead
        return facts

    def batches(self) -> int | None:
        """Return what the sampler says that it gives in a pass."""
        return claimed_length(self._sampler)

    def ids(self) -> Any:
        """Return the indices of the samples in the batch that was given last."""
        return self._delivery.given

    def open(self, seed: int, at: Pass, start: int = 0, past: Sequence[PastPass] = ()) -> Iterator[Any]:
        """Return the batches of one pass from number `start` on; skipped ones cost a step of the sampler each."""
        batches = self._batches(seed, at, start, tuple(past))
        return self._delivery.walk(batches, partial(augment_key, seed, at), worker_seed(seed, at, self._delivery))

    def _batches(self, seed: int, at: Pass, start: int, past: Sequence[PastPass]) -> Iterator[Numbered]:
        self._finish_latest()
        for earlier in self._history.missing(past, at):
            self._walk_again(seed, earlier)
        walk = self._begin(seed, at)
        for number, indices in enumerate(walk):
            if number >= start:
                yield number, indices

    def _begin(self, seed: int, at: Pass) -> _SamplerWalk:
        self._history.begin(at)
        self._latest = _SamplerWalk(self._sampler, seed, at)
        return self._latest

    def _walk_again(self, seed: int, earlier: PastPass) -> None:
        walk = self._begin(seed, earlier.at)
        reached = earlier.batches + (1 if earlier.finished else self._delivery.workers.look_ahead)
        walk.go_to(reached)
        self._finish_latest()

    def _finish_latest(self) -> None:
        if self._latest is not None:
            length = self.batches()
            # One more than it promises, so that the code after its last `yield` runs.
            self._latest.close_at(0 if length is None else length + 1)


class _SamplerWalk:
    """One walk over a sampler, the global streams seeded before each of its steps."""

    def __init__(self, sampler: Iterable[Any], seed: int, at: Pass) -> None:
        self._seed = seed
        self._at = at
        self._steps = 0
        self._closed = False
        _set_epoch(sampler, at.epoch)
        seed_streams(key(seed, "order", at.epoch, at.section))
        self._items = iter(sampler)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._closed:
            raise UsageError(
                "another pass over this loader was opened while this one was still walked. Its sampler can be "
                "walked once at a time: give each of the two loops a loader with a sampler of its own"
            )
        return self._step()

    def go_to(self, steps: int) -> None:
        """Walk on until that many steps are done, or the end is reached."""
        try:
            while self._steps < steps:
                self._step()
        except StopIteration:
            pass

    def close_at(self, steps: int) -> None:
        """Walk on as `go_to` does, for the last time."""
        if not self._closed:
            self._closed = True
            self.go_to(steps)

    def _step(self) -> Any:
        seed_streams(key(self._seed, "order step", self._at.epoch, self._at.section, self._steps))
        self._steps += 1
        return next(self._items)


def claimed_length(of: object) -> int | None:
    """Return what `len` says, None where it says nothing."""
    try:
        return len(of)  # type: ignore[arg-type]
    except (TypeError, NotImplementedError, AttributeError):
        return None


def _set_epoch(sampler: Any, epoch: int) -> None:
    """Tell the epoch to a sampler, and to the one inside a batch sampler, where they want to know it."""
    for part in (sampler, getattr(sampler, "sampler", None)):
        tell = getattr(part, "set_epoch", None)
        if callable(tell):
            tell(epoch)
