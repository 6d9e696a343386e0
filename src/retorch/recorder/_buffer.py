"""`Buffer`: records that are not in the file yet."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from retorch.recorder._values import fetch, read_number

Row = tuple[int, int, int, str, str, float | Tensor]
WrittenRow = tuple[int, int, int, str, str, float]


class Buffer:
    """Rows in memory, numbered; values on an accelerator wait here until they are fetched together.

    Adding and draining may happen in different threads: a loop logs while a checkpoint is committed behind it.

    Attributes:
        end: the number that the next record gets.
        waiting: how many values still lie on an accelerator.
    """

    def __init__(self, end: int) -> None:
        self.end = end
        self.waiting = 0
        self._rows: list[Row] = []
        self._lock = threading.Lock()

    def add(self, values: Mapping[str, Any], step: int, epoch: int, phase: str) -> None:
        """Append one row for each value, all of them or, when one is refused, none."""
        numbers = [(name, read_number(name, value)) for name, value in values.items()]
        with self._lock:
            for name, number in numbers:
                self._rows.append((self.end, step, epoch, phase, name, number))
                self.end += 1
                if type(number) is not float and isinstance(number, Tensor):
                    self.waiting += 1

    def peek(self) -> list[WrittenRow]:
        """Return all rows as plain numbers; they stay here until `drop` is told that they are safe."""
        with self._lock:
            self._fetch()
            return list(self._rows)  # type: ignore[arg-type]  # every tensor has been fetched

    def drop(self, count: int) -> None:
        """Forget the oldest `count` rows."""
        with self._lock:
            del self._rows[:count]

    def cut(self, end: int) -> None:
        """Forget the rows from number `end` on; the next record gets that number."""
        with self._lock:
            self._rows = [row for row in self._rows if row[0] < end]
            self.waiting = sum(isinstance(row[5], Tensor) for row in self._rows)
            self.end = end

    def _fetch(self) -> None:
        if not self.waiting:
            return
        places = [place for place, row in enumerate(self._rows) if isinstance(row[5], Tensor)]
        numbers = fetch([self._rows[place][5] for place in places])  # type: ignore[misc]  # chosen by type above
        for place, number in zip(places, numbers, strict=True):
            self._rows[place] = (*self._rows[place][:5], number)
        self.waiting = 0
