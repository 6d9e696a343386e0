"""Weak references to whatever a user takes for a data set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

from torch.utils.data import Subset


def reference(thing: Any) -> Callable[[], Any]:
    """Return a weak reference; one that is always dead to a list or another thing that allows none."""
    try:
        return ref(thing)
    except TypeError:
        return lambda: None


class Tokens:
    """A number for each thing that was ever asked about; the id of one that is gone may be another one's by now."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Callable[[], Any], int]] = {}
        self._count = 0

    def of(self, thing: Any) -> int | None:
        """Return the number of a thing; None for one that allows no weak reference."""
        refer, number = self._known.get(id(thing), (None, 0))
        if refer is not None and refer() is thing:
            return number
        refer = reference(thing)
        if refer() is None:
            return None
        self._count += 1
        self._known[id(thing)] = refer, self._count
        return self._count


def below_subsets(data: Any, indices: tuple[int, ...] | None) -> tuple[Any, list[int]]:
    """Return the data set below all subsets, and which of its samples some indices stand for."""
    chosen = list(indices or ())
    while isinstance(data, Subset):
        chosen = [int(data.indices[index]) for index in chosen]
        data = data.dataset
    return data, chosen
