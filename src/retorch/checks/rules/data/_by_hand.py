"""`ByHand`: the samples that a model is given without a loader, in training and in each evaluation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from torch import Tensor

from retorch.checks._rows import row_numbers
from retorch.checks.rules.data._origins import Cuts, where_they_part
from retorch.lines import Site, site_of, user_frame

_MOST_ROWS = 20_000
_MOST_CALLS = 1000
_MOST_GROUPS = 50
_MOST_CALLERS = 4
# After so many batches without a new sample the training set is known, and only some are read to see it grow.
_STALE = 20
_ONE_OF = 16
_LEAST_DISTINCT = 0.99
_FEWEST_HELD_OUT = 5


@dataclass
class _Group:
    """What was evaluated from one place, by one way of calls."""

    site: Site
    cuts: Cuts = ()
    count: int = 0
    distinct: set[int] = field(default_factory=set)
    # Those that had been trained on by then: a sample may be judged first and learnt afterwards.
    known: set[int] = field(default_factory=set)


class Judged(NamedTuple):
    """How many samples of one evaluation had been trained on, of how many here and how many there."""

    site: Site
    known: int
    here: int
    there: int


@dataclass
class _Trained:
    """What was trained on, of one shape."""

    rows: set[int] = field(default_factory=set)
    count: int = 0
    cuts: Cuts = ()
    # Batches since the last new sample, and whether some were not read before a new one came after all.
    stale: int = 0
    has_gaps: bool = False

    def skips(self) -> bool:
        """Tell whether the next batch need not be read."""
        is_read = self.stale < _STALE or self.stale % _ONE_OF == 0
        self.stale += not is_read
        return not is_read

    def distinct(self) -> set[int]:
        """Return the samples, where hardly any are equal."""
        return self.rows if len(self.rows) >= _LEAST_DISTINCT * self.count else set()


class ByHand:
    """Numbers of rows, of a bounded number of them. Rows of different shapes are inputs of different networks."""

    def __init__(self) -> None:
        self._trained: defaultdict[tuple[int, ...], _Trained] = defaultdict(_Trained)
        self._groups: dict[tuple[Any, ...], _Group] = {}
        self._left = _MOST_ROWS
        self._calls = 0

    def read(self, phase: str, inputs: Tensor, cuts: Cuts) -> None:
        """Take in the inputs of a call of the model, as long as there is something to learn."""
        trained = self._trained[inputs.shape[1:]]
        if phase == "training" and trained.skips():
            return
        if self._reads_on():
            self._calls += 1
            rows = row_numbers(inputs)
            new = self._train(trained, rows, cuts) if phase == "training" else self._evaluate(inputs, rows, cuts)
            self._left -= new

    def judge(self, trained: set[int], cuts: Cuts) -> Iterator[Judged]:
        """Yield what each evaluation shares with the training, also with that from loaders."""
        for (shape, *_), group in self._groups.items():
            ours = self._trained[shape]
            theirs = trained | ours.distinct()
            is_known = (self._reads_on() or ours.stale >= _STALE) and not ours.has_gaps
            # What is looked at before it is learnt, such as a pool that grows, is not held out.
            never = len(group.distinct - theirs)
            if is_known and never >= _FEWEST_HELD_OUT and len(group.distinct) >= _LEAST_DISTINCT * group.count:
                shared = (group.known & theirs) | (group.distinct & trained)
                site = where_they_part(group.cuts, ours.cuts or cuts) or group.site
                yield Judged(site, len(shared), len(group.distinct), len(theirs))

    def _reads_on(self) -> bool:
        return self._left > 0 and self._calls < _MOST_CALLS

    def _train(self, trained: _Trained, rows: list[int], cuts: Cuts) -> int:
        new = sum(row not in trained.rows for row in rows)
        trained.has_gaps |= new > 0 and trained.stale > _STALE
        trained.stale = 0 if new else trained.stale + 1
        trained.rows.update(rows)
        trained.count += _counted(rows, new)
        trained.cuts = max(trained.cuts, cuts, key=len)
        return new

    def _evaluate(self, inputs: Tensor, rows: list[int], cuts: Cuts) -> int:
        site, callers = _way_here()
        key = inputs.shape[1:], *callers
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) == _MOST_GROUPS:
                return 0
            group = self._groups[key] = _Group(site)
        new = sum(row not in group.distinct for row in rows)
        group.count += _counted(rows, new)
        group.distinct.update(rows)
        group.known.update(row for row in rows if row in self._trained[inputs.shape[1:]].rows)
        group.cuts = max(group.cuts, cuts, key=len)
        return new


def _counted(rows: list[int], new: int) -> int:
    """Return how many rows tell whether there are equal ones: those of a second epoch are all known."""
    return len(rows) if 2 * new > len(rows) else 0


def _way_here() -> tuple[Site, tuple[Any, ...]]:
    """Return the user's line, and the lines of the functions that led to it."""
    frame = user_frame()
    site = site_of(frame)
    callers: list[tuple[str, int]] = []
    while frame is not None and len(callers) < _MOST_CALLERS:
        if user_frame(frame) is frame:
            callers.append((frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return site, tuple(callers)
