"""`Entries`: what each step was, as a few 64-bit numbers, until they are in the file."""

from __future__ import annotations

import ctypes
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xxhash
from numpy.typing import NDArray
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

    A row costs each step what it takes to get in here, so its numbers are laid side by side as they will lie in the
    file, and the ids of samples are bytes already.

    Attributes:
        end: the number of the step whose entry comes next.
    """

    def __init__(self, end: int) -> None:
        self.end = end
        self._words = array("Q")
        self._ids: list[bytes | None] = []
        self._later: dict[int, Later] = {}

    @property
    def first(self) -> int:
        """The number of the oldest step that is still here."""
        return self.end - len(self._ids)

    def add(self, row: tuple[Word, ...], ids: bytes | None) -> None:
        """Append the entry of the next step; `ids` are what `ids_of` returned."""
        try:
            self._words.extend(row)  # type: ignore[arg-type]  # tried first: on the CPU all of them are numbers
        except TypeError:
            self._extend_later(row)
        self._ids.append(ids)
        self.end += 1

    def peek(self, *, wait: bool) -> Chunk | None:
        """Return what is here as one chunk; without `wait` only up to the first that is still being computed."""
        count = self._count_ready(wait=wait)
        if not count:
            return None
        words = self._words[: count * len(COLUMNS)]
        if sys.byteorder == "big":
            words.byteswap()
        ends, ids = _pack(self._ids[:count])
        return Chunk(self.first, count, words.tobytes(), ends, ids)

    def drop(self, count: int) -> None:
        """Forget the oldest `count` entries."""
        del self._words[: count * len(COLUMNS)], self._ids[:count]
        self._later = {place - count * len(COLUMNS): later for place, later in self._later.items()}

    def _extend_later(self, row: tuple[Word, ...]) -> None:
        # What was taken in before the first word that is still being computed is there already.
        begin = len(self._ids) * len(COLUMNS)
        del self._words[begin:]
        for place, word in enumerate(row, begin):
            if not isinstance(word, int):
                self._later[place] = word
            self._words.append(word if isinstance(word, int) else 0)

    def _count_ready(self, *, wait: bool) -> int:
        for place, later in list(self._later.items()):
            if not wait and not later.ready():
                return place // len(COLUMNS)
            self._words[place] = read_word(later)
            del self._later[place]
        return len(self._ids)


def read_word(word: Word) -> int:
    """Return a fingerprint; waits for an accelerator that still computes it."""
    return word if isinstance(word, int) else int(word.read()[0])


def ids_of(batches: Sequence[Any]) -> bytes | None:
    """Return the ids of the samples in one or more batches as the bytes of int64, None where one has other indices."""
    if len(batches) == 1:
        return _bytes_of(batches[0])
    found = [_bytes_of(indices) for indices in batches]
    return b"".join(one for one in found if one is not None) if found and None not in found else None


def fingerprint_ids(ids: bytes | None) -> int:
    """Return the fingerprint of ids, 0 for None."""
    return 0 if ids is None else xxhash.xxh3_64_intdigest(ids) or 1


def _bytes_of(indices: Any) -> bytes | None:
    if isinstance(indices, Tensor) and indices.dtype is torch.int64 and indices.is_cpu and indices.is_contiguous():
        # `Tensor.numpy` would make the storage one that can never be resized again, and is slower.
        return ctypes.string_at(indices.data_ptr(), indices.nbytes) if indices.dim() == 1 else None
    array_ = _as_array(indices)
    return None if array_ is None else array_.astype("<i8").tobytes()


def _as_array(indices: Any) -> NDArray[Any] | None:
    if indices is None:
        return None
    if isinstance(indices, range):
        return np.arange(indices.start, indices.stop, indices.step)
    if isinstance(indices, Tensor):
        indices = indices.tolist()
    try:
        found = np.asarray([indices] if isinstance(indices, int) else indices)
    except (TypeError, ValueError):
        return None
    return found if found.ndim == 1 and found.dtype.kind in "iu" else None


def _pack(ids: list[bytes | None]) -> tuple[bytes | None, bytes | None]:
    if all(one is None for one in ids):
        return None, None
    sizes = [0 if one is None else len(one) // 8 for one in ids]
    together = np.frombuffer(b"".join(one for one in ids if one is not None), "<i8")
    small = not len(together) or (together.min() >= -(2**31) and together.max() < 2**31)
    return np.cumsum(sizes).astype("<u4").tobytes(), together.astype("<i4" if small else "<i8").tobytes()
