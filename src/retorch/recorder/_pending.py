"""`States`: named fingerprints that are not in the file yet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retorch.fingerprints import Later
from retorch.recorder._rows import WrittenState

Moment = tuple[int, str, int, int]
"""Steps completed, stage, number and epoch of a state."""

_Pending = tuple[Moment, tuple[str, ...], list[int | Later]]


class States:
    """States in memory, in the order in which they were taken.

    Attributes:
        end: how many states there are with those in the file, those at checkpoints aside.
    """

    def __init__(self, end: int) -> None:
        self.end = end
        self._pending: list[_Pending] = []
        self._newest: _Pending | None = None

    def add(self, moment: Moment, names: tuple[str, ...], fingerprints: list[int | Later]) -> None:
        """Append one; the fingerprints together are as many as the names."""
        self._newest = (moment, names, fingerprints)
        self._pending.append(self._newest)
        self.end += moment[1] != "checkpoint"

    def newest(self) -> WrittenState:
        """Return the one that was added last; waits for an accelerator that still computes it."""
        assert self._newest is not None
        return _written(self._newest)

    def peek(self, *, wait: bool) -> list[WrittenState]:
        """Return what is here; without `wait` only up to the first that is still being computed."""
        ready: list[WrittenState] = []
        for one in self._pending:
            if not wait and not all(isinstance(word, int) or word.ready() for word in one[2]):
                break
            ready.append(_written(one))
        return ready

    def drop(self, count: int) -> None:
        """Forget the oldest `count` states."""
        del self._pending[:count]


def _written(one: _Pending) -> WrittenState:
    moment, names, fingerprints = one
    pieces: Sequence[NDArray[np.uint64]] = [
        np.array([word], "<u8") if isinstance(word, int) else word.read() for word in fingerprints
    ]
    words = np.concatenate(pieces).astype("<u8") if pieces else np.zeros(0, "<u8")
    assert len(words) == len(names)
    return WrittenState(*moment, names, words.tobytes())
