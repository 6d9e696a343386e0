"""`Trace`: what `tracing_memory` found. Readable while it goes on and afterwards."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import Any, TypeVar

from retorch.errors import UsageError
from retorch.inspection import SharingMap
from retorch.tracing._entries import Copy, Line, Move, Movement, Write
from retorch.tracing._ledger import Ledger
from retorch.tracing._table import table

_Entry = TypeVar("_Entry", bound=Movement)


class Trace:
    """What code copied, wrote in place and moved between devices, by line. Plain data: it keeps no tensor alive.

    Each entry stands for one call on one line on tensors of one shape, all times together; the largest come first. An
    event is one entry: `y.copy_(x)` is a write, between devices it is a move.

    Attributes:
        sharing: who shared memory with whom at the end, among the variables of the code that entered the `with`;
            None before that, and where there was no tensor.
    """

    def __init__(self, ledger: Ledger, notes: Sequence[str]) -> None:
        self._ledger, self._notes = ledger, notes
        self.sharing: SharingMap | None = None

    @property
    def copies(self) -> tuple[Copy, ...]:
        """New memory on the same device, filled with values that were in memory before."""
        return self._entries(Copy)

    @property
    def writes(self) -> tuple[Write, ...]:
        """Memory that was there before and was written in place."""
        return self._entries(Write)

    @property
    def moves(self) -> tuple[Move, ...]:
        """Values that went from one device to another."""
        return self._entries(Move)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The totals of each line, the one with the most bytes first."""
        lines: dict[tuple[str, int], Line] = {}
        for entry in self._ledger.entries():
            line = lines.get((entry.file, entry.line), Line(file=entry.file, line=entry.line))
            lines[entry.file, entry.line] = _added(line, entry)
        return tuple(sorted(lines.values(), key=lambda line: -line.bytes))

    @property
    def total_bytes(self) -> int:
        """All bytes that were copied, written and moved."""
        return sum(entry.bytes for entry in self._ledger.entries())

    @property
    def notes(self) -> tuple[str, ...]:
        """What else should be known, in sentences."""
        return tuple(self._notes)

    def svg(self, path: str | os.PathLike[str]) -> None:
        """Write the drawing of who shared memory with whom at the end into an .svg file.

        Raises:
            UsageError: the `with` has not ended, there was no tensor to draw, or the file does not end in .svg.
        """
        if self.sharing is None:
            raise UsageError(
                "there is no drawing yet: it shows the variables at the end of `with retorch.tracing_memory()`, so ask "
                "after that, where at least one variable holds a tensor or an array"
            )
        self.sharing.svg(path)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as numbers, words, lists and dictionaries, ready for JSON."""
        kinds: dict[str, tuple[Any, ...]] = {
            "copies": self.copies, "writes": self.writes, "moves": self.moves, "lines": self.lines
        }  # fmt: skip
        data: dict[str, Any] = {name: [dataclasses.asdict(one) for one in entries] for name, entries in kinds.items()}
        sharing = None if self.sharing is None else self.sharing.to_dict()
        return {**data, "total_bytes": self.total_bytes, "notes": list(self.notes), "sharing": sharing}

    def __str__(self) -> str:
        return table(self.copies, self.writes, self.moves, self.notes)

    def __repr__(self) -> str:
        return f"<Trace: {len(self.copies)} copies, {len(self.writes)} writes in place, {len(self.moves)} moves>"

    def _entries(self, kind: type[_Entry]) -> tuple[_Entry, ...]:
        entries = [entry for entry in self._ledger.entries() if isinstance(entry, kind)]
        return tuple(sorted(entries, key=lambda entry: -entry.bytes))


def _added(line: Line, entry: Movement) -> Line:
    size, times = _COLUMNS[type(entry)]
    more = {size: getattr(line, size) + entry.bytes, times: getattr(line, times) + entry.count}
    return dataclasses.replace(line, **more)


_COLUMNS: dict[type[Movement], tuple[str, str]] = {
    Copy: ("bytes_copied", "copies"),
    Write: ("bytes_written", "writes"),
    Move: ("bytes_moved", "moves"),
}
