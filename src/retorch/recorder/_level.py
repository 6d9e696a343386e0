"""`Level`: how much a run records besides its metrics."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, get_args

from retorch.errors import UsageError

Level = Literal["off", "light", "full"]

_usual: ContextVar[Level] = ContextVar("retorch_level", default="light")


def level_of(asked: Level | None) -> Level:
    """Return the level that a run was asked to record at; None is the usual one.

    Raises:
        UsageError: it is none.
    """
    if asked is None:
        return _usual.get()
    check_level(asked)
    return asked


@contextmanager
def usual_level(level: Level) -> Iterator[None]:
    """Make this the level of runs that ask for none, inside a `with`."""
    check_level(level)
    token = _usual.set(level)
    try:
        yield
    finally:
        _usual.reset(token)


def check_level(level: object) -> None:
    """Refuse what is no level.

    Raises:
        UsageError: it is none of "off", "light", "full".
    """
    if level not in get_args(Level):
        raise UsageError(f"record={level!r} was asked; take one of {', '.join(map(repr, get_args(Level)))}")
