"""Where a scale along memory is marked, and with which words."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

_UNITS = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


class Tick(NamedTuple):
    """A byte of a strip and what stands at it."""

    byte: int
    label: str


def byte_ticks(span: int, *, unit: int, room: int) -> list[Tick]:
    """Mark a stretch of memory at its two ends, and between them at even distances as far as they fit.

    Distances are `unit` times a power of two: memory is handed out in such pieces, so marks fall on the borders of
    elements and of pages.

    Args:
        span: bytes from one end to the other.
        unit: bytes of one element; no distance is smaller.
        room: how many characters fit along the scale.

    >>> [tick.label for tick in byte_ticks(48, unit=4, room=30)]
    ['0', '8', '16', '24', '32', '40', '48']
    """
    if span == 0:
        return [Tick(0, "0")]
    step = unit
    while step < span and not _fits(span, step, room):
        step *= 2
    return _marked(span, step)


def element_step(count: int, *, room: int) -> int:
    """Return k so that the number of each k-th of `count` elements fits into `room` characters beside each other."""
    digits = len(str(count))
    steps: Iterator[int] = (digit * int(10**power) for power in itertools.count() for digit in (1, 2, 5))
    return next(step for step in steps if step >= count or -(-count // step) * (digits + 1) <= room)


def _marked(span: int, step: int) -> list[Tick]:
    # The last regular mark gives way to the end, which says more.
    regular = range(0, max(span - step, 0) + 1, step)
    return [Tick(byte, _label(byte, step)) for byte in (*regular, span)]


def _fits(span: int, step: int, room: int) -> bool:
    if span // step > room:  # asked first: there could be millions of marks
        return False
    ticks = _marked(span, step)
    return len(ticks) * (max(len(tick.label) for tick in ticks) + 2) <= room


def _label(byte: int, step: int) -> str:
    """Say every mark of a scale in the one unit that its distances have, and an odd end in bytes."""
    size, word = next(((size, f" {word}") for size, word in _UNITS if step % size == 0), (1, ""))
    return f"{byte // size:,}{word}" if byte and byte % size == 0 else f"{byte:,}"
