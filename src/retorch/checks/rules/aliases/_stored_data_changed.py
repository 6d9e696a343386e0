"""A data set that is changed by being read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from linecache import getline
from types import CodeType
from typing import Any
from weakref import ReferenceType, ref

import numpy as np

from retorch.checks._finding import Finding
from retorch.checks._observations import FetchBegins, FetchDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules.aliases._stored_rows import fingerprint
from retorch.lines import Site

_MOST_SAMPLES = 16  # of each data set are followed: those of its first batch


@dataclass
class _Followed:
    """Samples of one data set: their fingerprints now, and how often asking for them has changed what is stored."""

    dataset: ReferenceType[Any] | None
    changes: dict[Any, int] = field(default_factory=dict)
    before: dict[Any, dict[str, int]] = field(default_factory=dict)
    after: dict[Any, dict[str, int]] = field(default_factory=dict)
    written_at: tuple[CodeType, int] | None = None


class StoredDataChangedByReading(Rule):
    """Asking a data set for a sample changes what it has stored of it, each time anew.

    Why it matters: `x = self.images[index]` is a view, or the very object in a list, and `x.sub_(mean)`, `x /= 255`,
    a cut-out or noise written into it stay there. In the second epoch the mean is subtracted twice; validation data
    change as well. With worker processes each epoch begins with a fresh copy, so that it shows only without them.

    When it is fine: a cache that is filled once is not reported, nor is a number that is kept for each sample. A data
    set that changes its own samples on purpose at every look is rare; allow it then.

    Wrong: `x = self.images[index]; x /= 255; return x`, and in-place transforms of the stored tensor or array.

    Right: `x = self.images[index] / 255`, or `.clone()` (`.copy()` of an array) before the first write.

    Reported: https://github.com/pytorch/vision/issues/680, https://github.com/mindee/doctr/issues/840,
    https://github.com/facebookresearch/pycls/pull/21
    """

    name = "stored-data-changed-by-reading"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._followed: dict[int, _Followed] = {}

    @sees(FetchBegins)
    def look(self, seen: FetchBegins) -> None:
        """Take the fingerprints of the samples that are followed, before the data set is asked for them."""
        followed = self._follow(seen.dataset, _usable(seen.indices))
        asked = [index for index in _usable(seen.indices) if index in followed.changes]
        followed.before = {index: fingerprint(seen.dataset, index) for index in asked}
        if followed.dataset is None:  # its id may be used again by another list
            for index in asked:
                if followed.after.get(index) != followed.before[index]:
                    followed.changes[index] = 0
        followed.written_at = None
        if any(followed.changes[index] for index in asked):
            seen.listeners.append(_Culprit(seen, followed))

    @sees(FetchDone)
    def look_again(self, seen: FetchDone) -> Iterator[Finding]:
        """Compare; a sample that was changed by each of two looks at it will go on changing."""
        followed = self._followed[id(seen.dataset)]
        for index, before in followed.before.items():
            followed.after[index] = fingerprint(seen.dataset, index)
            changed = _changed(before, followed.after[index])
            if changed:
                followed.changes[index] += 1
                if followed.changes[index] > 1:
                    yield self._found(seen, followed, changed)
                    followed.changes = {}  # one is enough
                    return

    def _follow(self, dataset: Any, indices: list[int]) -> _Followed:
        known = self._followed.get(id(dataset))
        if known is None or (known.dataset is not None and known.dataset() is not dataset):
            known = _Followed(_weakly(dataset), dict.fromkeys(indices[:_MOST_SAMPLES], 0))
            self._followed[id(dataset)] = known
        return known

    def _found(self, seen: FetchDone, followed: _Followed, changed: list[str]) -> Finding:
        return self.finding(
            _site(seen.dataset, followed.written_at),
            "this changes the stored data, so that the same sample is another one each time",
            evidence=f"{type(seen.dataset).__name__}: {changed[0]} was changed in memory by the first look at the "
            "sample and again by the second",
            remedy="compute a new value (x = x / 255), or copy before writing: x = x.clone(), array.copy()",
        )


class _Culprit:
    """Listens to the lines of a fetch until what is stored of one of its samples changes."""

    def __init__(self, seen: FetchBegins, followed: _Followed) -> None:
        self._dataset = seen.dataset
        self._listeners = seen.listeners
        self._followed = followed

    def __call__(self, code: CodeType, line: int) -> None:
        for index, before in self._followed.before.items():
            if self._followed.changes[index] and _changed(before, fingerprint(self._dataset, index)):
                self._followed.written_at = code, line
                self._listeners.clear()
                return


def _changed(before: dict[str, int], now: dict[str, int]) -> list[str]:
    return [name for name, checksum in now.items() if before.get(name, checksum) != checksum]


def _usable(indices: tuple[Any, ...]) -> list[int]:
    return [int(index) for index in indices if isinstance(index, (int, np.integer))]


def _weakly(dataset: Any) -> ReferenceType[Any] | None:
    try:
        return ref(dataset)
    except TypeError:  # a list
        return None


def _site(dataset: Any, written_at: tuple[CodeType, int] | None) -> Site:
    """Return the line that wrote; where no line of the user's did, that of the data set's `__getitem__`."""
    if written_at is None:
        code = getattr(type(dataset).__getitem__, "__code__", None)
        if code is None:
            return Site("<unknown>", 0, "<unknown>", "", "")
        written_at = code, code.co_firstlineno
    code, line = written_at
    text = getline(code.co_filename, line).strip()
    return Site(code.co_filename, line, code.co_name, text, text)
