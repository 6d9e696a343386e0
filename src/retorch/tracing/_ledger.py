"""`Ledger`: counts what happens where, in memory that does not grow with the length of a loop."""

from __future__ import annotations

from dataclasses import replace
from threading import RLock
from typing import Any, TypeAlias

from retorch.tracing._entries import Movement

# The operator and the instructions that led to it; and what tells the entries of one place apart.
Place: TypeAlias = tuple[Any, ...]
Form: TypeAlias = tuple[Any, ...]

_MOST_PLACES = 4096
_MOST_FORMS = 16
_ANY_FORM: Form = ()
_ELSEWHERE = "many more places, together"


class Ledger:
    """Entries by place and form of the tensor; holds no tensor and no frame.

    More forms at a place than 16, and more places than 4,096, are counted together.
    """

    def __init__(self) -> None:
        self._tallies: dict[Place, dict[Form, _Tally]] = {}
        # Autograd's threads count too. Reentrant, because freeing garbage in here may run code that is traced.
        self._lock = RLock()

    def count(self, place: Place, form: Form, size: int) -> bool:
        """Add to an entry that is there; False where there is none yet."""
        with self._lock:
            forms = self._tallies.get(place)
            if forms is None:
                return False
            tally = forms.get(form) or (forms.get(_ANY_FORM) if len(forms) > _MOST_FORMS else None)
            if tally is None:
                return False
            tally.count += 1
            tally.bytes += size
            return True

    def open(self, place: Place, form: Form, entry: Movement, size: int, held: object) -> None:
        """Make an entry and count the first time. `held` lives as long as the ledger."""
        with self._lock:
            if place not in self._tallies and len(self._tallies) >= _MOST_PLACES:
                place, entry = (type(entry),), replace(entry, file=_ELSEWHERE, line=0, expression="", operation="")
            forms = self._tallies.setdefault(place, {})
            if form not in forms and len(forms) >= _MOST_FORMS:
                form, entry = _ANY_FORM, replace(entry, shape=None, dtype="", tensors=0)
            tally = forms.setdefault(form, _Tally(entry, held))
            tally.count += 1
            tally.bytes += size

    def entries(self) -> list[Movement]:
        """Return what was counted so far, in the order of first occurrence."""
        with self._lock:
            tallies = [tally for forms in self._tallies.values() for tally in forms.values()]
            return [replace(tally.entry, bytes=tally.bytes, count=tally.count) for tally in tallies]


class _Tally:
    __slots__ = ("bytes", "count", "entry", "held")

    def __init__(self, entry: Movement, held: object) -> None:
        self.entry, self.held = entry, held
        self.bytes = self.count = 0
