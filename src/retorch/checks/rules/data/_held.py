"""What the user's code holds at a moment: its columns of as many rows as are about to be put into another order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from retorch.checks._rows import order_numbers, row_numbers
from retorch.lines import Site, locals_of, site_of, user_frame

_MOST_FRAMES = 4
_MOST_COLUMNS = 8
_MOST_NAMES = 200
# A draw is not to take long because of this.
_MOST_VALUES = 128
_PLAIN = (Tensor, np.ndarray, nn.Module, str, bytes, int, float, list, tuple, dict, type)


class Rows(NamedTuple):
    """Numbers for rows, one for each.

    Attributes:
        values: equal for equal values.
        orders: equal for values of the same order, as before and after a scaling; none for short rows.
    """

    values: list[int]
    orders: list[int]

    def __add__(self, more: Rows) -> Rows:  # type: ignore[override]
        return Rows(self.values + more.values, self.orders + more.orders)


@dataclass(frozen=True)
class Column:
    """Rows of a tensor, an array or a list.

    Attributes:
        name: what the code calls it, such as "self.x".
        rows: their numbers.
        depth: how many of the user's functions further out the code was that holds it.
    """

    name: str
    rows: Rows
    depth: int


@dataclass(frozen=True)
class Held:
    """The columns that the running functions held.

    Attributes:
        columns: each once.
        sites: where each function stood, the innermost first.
    """

    columns: list[Column]
    sites: list[Site]


def columns_here(count: int) -> Held:
    """Read the columns of so many rows that the user's running functions hold."""
    held = Held([], [])
    known: set[int] = set()
    for depth, frame in _frames():
        held.sites.append(site_of(frame))
        for name, value in _values(frame):
            if len(held.columns) < _MOST_COLUMNS and id(value) not in known and _length(value) == count:
                known.add(id(value))
                rows = numbers_of(value)
                if len(rows.values) == count:
                    held.columns.append(Column(name, rows, depth))
    return held


def holders_of(wanted: set[int]) -> dict[int, Site]:
    """Return, for the ids of some objects, where the innermost of the user's running functions stands that sees it."""
    found: dict[int, Site] = {}
    for _, frame in _frames():
        seen = {id(value) for _, value in _values(frame)}
        for number in wanted & seen - found.keys():
            found[number] = site_of(frame)
    return found


def _frames() -> Iterator[tuple[int, FrameType]]:
    """Yield the frames of the user's functions, the innermost first, each with its number."""
    frame = user_frame(sys._getframe(2))  # noqa: SLF001 - what `inspect.currentframe` returns
    for number in range(_MOST_FRAMES):
        if frame is None:
            return
        yield number, frame
        frame = user_frame(frame.f_back) if frame.f_back is not None else None


def _values(frame: FrameType) -> Iterator[tuple[str, Any]]:
    """Yield the variables that a function can see, and the attributes of its own objects."""
    variables = locals_of(frame)
    globals_used = {name: frame.f_globals[name] for name in _names(frame.f_code) if name in frame.f_globals}
    for name, value in list({**globals_used, **variables}.items())[:_MOST_NAMES]:
        yield name, value
        attributes = getattr(value, "__dict__", None) if not isinstance(value, _PLAIN) else None
        if type(attributes) is dict and len(attributes) < _MOST_NAMES:
            yield from ((f"{name}.{key}", each) for key, each in attributes.items())


def _names(code: CodeType) -> Iterator[str]:
    """Yield the names of global variables that a function uses, also in its comprehensions."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _length(value: Any) -> int:
    if isinstance(value, (Tensor, np.ndarray)):
        return value.shape[0] if value.ndim else -1
    return len(value) if type(value) in (list, tuple) else -1


def numbers_of(value: Any) -> Rows:
    """Return numbers for the rows of a tensor, an array or a list; none where they cannot be read."""
    try:
        rows = _as_tensor(value)
        return Rows(row_numbers(rows, _MOST_VALUES), order_numbers(rows, _MOST_VALUES))
    except (TypeError, ValueError, RuntimeError):  # texts, ragged lists, kinds of numbers that torch has not
        return Rows([], [])


def _as_tensor(value: Any) -> Tensor:
    if isinstance(value, Tensor):
        return value
    if isinstance(value, np.ndarray):
        return torch.tensor(value)
    first = value[0]
    if isinstance(first, Tensor):
        return torch.stack([each.detach() for each in value])
    numbers = first[0] if isinstance(first, (list, tuple)) and first else first
    if not isinstance(numbers, (int, float, np.generic, np.ndarray)):
        raise TypeError("these are no rows of numbers")
    return torch.tensor(np.array(value))
