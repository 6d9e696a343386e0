"""`Pairing`: whether inputs and targets are still together as they were before the user's code drew an order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from retorch.checks._observations import OrderBegins, OrderDrawn
from retorch.checks.rules.data._held import Column, Held, Rows, columns_here, numbers_of

_ROWS = range(12, 10_001)
_MOST_DRAWS = 8
_MOST_OF_A_LINE = 2
_LEAST_DISTINCT = 0.9
_LEAST_FOUND = 0.95
# Two rows of labels are equal by chance once in a million times.
_LEAST_BITS = 20


@dataclass(frozen=True)
class Draw:
    """A draw, what the code held before it, and the order or the shuffled rows, as far as they are known."""

    held: Held
    how: str
    order: list[int]
    rows: list[int]


@dataclass(frozen=True)
class Pairs:
    """Inputs and targets as the model is trained on them, a number for each row.

    Attributes:
        inputs: in the order of the data.
        targets: one for each.
        places: of each in the data; None for a stretch that begins somewhere.
    """

    inputs: Rows
    targets: list[int]
    places: list[int] | None = None

    def were_in(self, column: Column) -> list[int | None]:
        """Return where the inputs were in a column: by their values, or the order of these; [] where they were not."""
        for before, now in zip(column.rows, self.inputs, strict=True):
            places = {row: place for place, row in enumerate(before)}
            found = [places.get(row) for row in now]
            # A scaling makes some values equal, by rounding.
            is_here = 0 < len(found) * _LEAST_FOUND <= len(found) - found.count(None)
            if is_here and len(places) >= _LEAST_DISTINCT * len(before):
                return found
        return []

    def are_in_order(self, places: list[int | None]) -> bool:
        """Tell whether inputs that were in some places are still in the order that they were in."""
        now = self.places or range(len(places))
        return len({before - after for before, after in zip(places, now, strict=True) if before is not None}) == 1

    def targets_are_in(self, rows: list[int]) -> bool:
        """Tell whether the targets are a stretch of some rows, or what stands there in their places."""
        if self.places is not None:
            ours = zip(self.places, self.targets, strict=True)
            return max(self.places) < len(rows) and all(rows[place] == target for place, target in ours)
        count = len(self.targets)
        return any(rows[start : start + count] == self.targets for start in range(len(rows) - count + 1))


@dataclass(frozen=True)
class Parted:
    """Inputs and targets that a draw has taken apart.

    Attributes:
        draw: the last one before which they were together.
        inputs: what the inputs were then.
        targets: what the targets were then.
        wrong: how many of the pairs are others now.
        pairs: of how many.
    """

    draw: Draw
    inputs: Column
    targets: Column
    wrong: int
    pairs: int


class Pairing:
    """Remembers numbers for the rows of what the code held before each of the first draws."""

    def __init__(self) -> None:
        self._draws: list[Draw] = []
        self._lines: Counter[str] = Counter()
        self._held: Held | None = None

    @property
    def has_draws(self) -> bool:
        """Whether there is anything to compare with."""
        return bool(self._draws)

    def begin(self, seen: OrderBegins) -> None:
        """Read what the code holds before a draw."""
        self._held = None
        if seen.count in _ROWS and len(self._draws) < _MOST_DRAWS:
            place = seen.site.place
            self._lines[place] += 1
            if self._lines[place] <= _MOST_OF_A_LINE:
                self._held = columns_here(seen.count)

    def drawn(self, seen: OrderDrawn) -> None:
        """Note the order that was drawn."""
        if self._held is not None and self._held.columns:
            rows = [] if seen.is_index else numbers_of(seen.order).values
            self._draws.append(Draw(self._held, seen.how, _order(seen), rows))
        self._held = None

    def parted(self, pairs: Pairs) -> Parted | None:
        """Return what took inputs and targets apart, if the inputs were moved."""
        found = [parted for draw in self._draws for parted in self._by(draw, pairs)]
        return found[-1][0] if any(is_moved for _, is_moved in found) else None

    def _by(self, draw: Draw, pairs: Pairs) -> Iterator[tuple[Parted, bool]]:
        targets = set(pairs.targets)
        for column in draw.held.columns:
            places = pairs.were_in(column)
            if not places:
                continue
            others = [each for each in draw.held.columns if each is not column and targets <= set(each.rows.values)]
            wrong = [_count_wrong(each, places, pairs.targets) for each in others]
            for each, count in zip(others, wrong, strict=True) if min(wrong, default=0) else ():
                if self._is_from(each, pairs) and _is_by_chance(each, count, len(places)):
                    yield Parted(draw, column, each, count, len(places)), not pairs.are_in_order(places)

    def _is_from(self, column: Column, pairs: Pairs) -> bool:
        """Tell whether these are targets of a column, in its order or in one that was drawn."""
        rows = column.rows.values
        shares = Counter(rows)
        bits = -sum(math.log2(shares[target] / len(rows)) for target in pairs.targets)
        ways = [rows, *([rows[place] for place in each.order] for each in self._draws if len(each.order) == len(rows))]
        ways += [each.rows for each in self._draws if each.rows and Counter(each.rows) == shares]
        bits -= math.log2(len(rows) * len(ways))
        return bits >= _LEAST_BITS and any(map(pairs.targets_are_in, ways))


def _count_wrong(column: Column, places: list[int | None], targets: list[int]) -> int:
    pairs = zip(places, targets, strict=True)
    return sum(place is not None and column.rows.values[place] != target for place, target in pairs)


def _is_by_chance(column: Column, wrong: int, pairs: int) -> bool:
    """Tell whether no more targets are right than a random order gives."""
    rows = column.rows.values
    chance = sum((count / len(rows)) ** 2 for count in Counter(rows).values())
    return pairs - wrong <= pairs * chance + 4 * math.sqrt(pairs * chance * (1 - chance)) + 1 and wrong > 1


def _order(seen: OrderDrawn) -> list[int]:
    """Return a permutation of the numbers from 0; [] where something else was shuffled."""
    order = seen.order
    numbers = order if type(order) is list else order.tolist() if getattr(order, "ndim", 0) == 1 else []
    is_order = all(type(each) is int for each in numbers) and sorted(numbers) == [*range(seen.count)]
    return list(numbers) if is_order else []
