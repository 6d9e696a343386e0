"""`Entries`: what each step was, as a few 64-bit numbers, until they are in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xxhash
from torch import Tensor

from retorch.fingerprints import Later
from retorch.runs import COLUMNS

Word = int | Later
"""A fingerprint, or one that an accelerator still computes."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive entries, ready to be written: `words` are uint64 rows of `COLUMNS`."""

    first: int
    count: int
    words: bytes
    ends: bytes | None
    ids: bytes | None


class Entries:
    """Entries in memory, in the order of their steps.

    Attributes:
        end: the number of the step whose entry comes next.
    """

    def __init__(self, end: int) -> None:
        self.end = end
        self._rows: list[tuple[Word, ...]] = []
        self._ids: list[Any] = []
        self._newest: tuple[Word, ...] = ()

    @property
    def first(self) -> int:
        """The number of the oldest step that is still here."""
        return self.end - len(self._rows)

    def add(self, row: tuple[Word, ...], ids: Any) -> None:
        """Append the entry of the next step; `ids` are the samples' ids as an int64 array, or None."""
        self._newest = row
        self._rows.append(row)
        self._ids.append(ids)
        self.end += 1

    def newest(self) -> tuple[int, ...]:
        """Return the last entry; waits for an accelerator that still computes it."""
        return tuple(map(_read, self._newest))

    def peek(self, *, wait: bool) -> Chunk | None:
        """Return what is here as one chunk; without `wait` only up to the first that is still being computed."""
        count = len(self._rows) if wait else self._count_ready()
        if not count:
            return None
        words = np.array([[_read(word) for word in row] for row in self._rows[:count]], "<u8")
        assert words.shape[1] == len(COLUMNS)
        ends, ids = _pack(self._ids[:count])
        return Chunk(self.first, count, words.tobytes(), ends, ids)

    def drop(self, count: int) -> None:
        """Forget the oldest `count` entries."""
        del self._rows[:count], self._ids[:count]

    def _count_ready(self) -> int:
        for number, row in enumerate(self._rows):
            if not all(isinstance(word, int) or word.ready() for word in row):
                return number
        return len(self._rows)


def ids_of(batches: Sequence[Any]) -> Any:
    """Return the ids of the samples in one or more batches as an array, None where one has no whole numbers."""
    if len(batches) == 1:
        return _as_array(batches[0])
    arrays = [_as_array(indices) for indices in batches]
    if any(one is None for one in arrays):
        return None
    return np.concatenate(arrays) if arrays else None


def _as_array(indices: Any) -> Any:
    if indices is None:
        return None
    if isinstance(indices, Tensor):
        whole = indices.is_cpu and indices.dim() == 1 and not indices.is_floating_point()
        return indices.numpy() if whole else None
    if isinstance(indices, range):
        return np.arange(indices.start, indices.stop, indices.step)
    if isinstance(indices, int):
        indices = [indices]
    try:
        ids = np.asarray(indices)
    except (TypeError, ValueError):
        return None
    return ids if ids.ndim == 1 and ids.dtype.kind in "iu" else None


def fingerprint_ids(ids: Any) -> int:
    """Return the fingerprint of ids, 0 for None."""
    if ids is None:
        return 0
    if ids.dtype != np.int64 or not ids.flags.c_contiguous:
        ids = np.ascontiguousarray(ids, np.int64)
    return xxhash.xxh3_64_intdigest(ids) or 1


def _read(word: Word) -> int:
    return word if isinstance(word, int) else int(word.read()[0])


def _pack(ids: list[Any]) -> tuple[bytes | None, bytes | None]:
    if all(one is None for one in ids):
        return None, None
    sizes = [0 if one is None else len(one) for one in ids]
    known = [one for one in ids if one is not None]
    together = np.concatenate(known) if known else np.zeros(0, np.int64)
    small = not len(together) or (together.min() >= -(2**31) and together.max() < 2**31)
    return np.cumsum(sizes).astype("<u4").tobytes(), together.astype("<i4" if small else "<i8").tobytes()
