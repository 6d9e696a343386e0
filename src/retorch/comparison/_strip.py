"""The strip of steps on the page: few pieces to draw, however long the runs are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter

Piece = tuple[int, int, str]

_COLUMNS = 240
_GRAVITY = {"equal": 0, "unknown": 1, "different": 2}
_SHAPES = {"different": (0.0, 24.0), "equal": (9.0, 6.0), "unknown": (11.0, 2.0)}
_SAID = {"equal": "equal", "different": "different", "unknown": "not recorded by both"}


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of steps of one state.

    Attributes:
        first: the number of its first step.
        steps: how many steps it stands for.
        state: "equal", "different" or "unknown".
    """

    first: int
    steps: int
    state: str

    @property
    def top(self) -> float:
        """Where it begins below the upper edge, of 24: the height tells the states apart without colour."""
        return _SHAPES[self.state][0]

    @property
    def height(self) -> float:
        """How high it is, of 24."""
        return _SHAPES[self.state][1]

    @property
    def words(self) -> str:
        """What it stands for, in words."""
        last = self.first + self.steps - 1
        which = f"step {self.first:,}" if self.steps == 1 else f"steps {self.first:,} to {last:,}"
        return f"{which}: {_SAID[self.state]}"


def bars(pieces: Sequence[Piece], columns: int = _COLUMNS) -> list[Bar]:
    """Return at most `columns` bars without gaps, in order.

    Where several steps share a column, the gravest state of them is drawn: one different step of a million is seen.

    >>> bars([(0, 3, "equal"), (3, 2, "equal"), (5, 1, "different")])
    [Bar(first=0, steps=5, state='equal'), Bar(first=5, steps=1, state='different')]
    """
    merged = _merged(pieces)
    drawn = merged if len(merged) <= columns else _merged(_columned(merged, columns))
    return [Bar(*piece) for piece in drawn]


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    found = []
    for state, members in groupby(pieces, key=itemgetter(2)):
        alike = list(members)
        found.append((alike[0][0], sum(steps for _, steps, _ in alike), state))
    return found


def _columned(pieces: Sequence[Piece], columns: int) -> Iterator[Piece]:
    starts = [first for first, _, _ in pieces]
    length = sum(steps for _, steps, _ in pieces)
    edges = [starts[0] + length * column // columns for column in range(columns + 1)]
    for left, right in pairwise(edges):
        inside = pieces[bisect_right(starts, left) - 1 : bisect_left(starts, right)]
        yield left, right - left, max((state for _, _, state in inside), key=_GRAVITY.__getitem__)
