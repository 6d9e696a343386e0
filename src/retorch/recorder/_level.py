"""`Level`: how much a run records besides its metrics."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, cast, get_args

from retorch.errors import UsageError

Level = Literal["off", "light", "full"]

_usual: ContextVar[Level | None] = ContextVar("retorch_level", default=None)


def level_of(asked: object, recorded: object = None) -> Level:
    """Return the level of a run: what it asked for, else what is usual, else what it recorded so far, else "light".

    Raises:
        UsageError: what was asked is no level.
    """
    if asked is not None:
        return _checked(asked)
    return _usual.get() or (_checked(recorded) if recorded in get_args(Level) else "light")


@contextmanager
def usual_level(level: Level | str) -> Iterator[None]:
    """Make this the level of runs that ask for none, inside a `with`.

    Raises:
        UsageError: it is none.
    """
    token = _usual.set(_checked(level))
    try:
        yield
    finally:
        _usual.reset(token)


def _checked(level: object) -> Level:
    for known in get_args(Level):
        if level == known:
            return cast("Level", known)
    raise UsageError(f"record={level!r} was asked; take one of {', '.join(map(repr, get_args(Level)))}")
