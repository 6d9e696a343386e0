"""`Direction`: what another program of retorch asks of the run in this process, without the script knowing.

A replay and a reproduction start the user's own script again. They say here where its run is really kept, how much
it records, who watches, and after which step it ends.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from retorch.events import Observer
from retorch.recorder._level import Level


@dataclass(frozen=True, slots=True)
class Direction:
    """What is asked of the run.

    Attributes:
        folder: where the run is kept, instead of the folder that the script names.
        of: the absolute folder that the script names for the run that is meant; None means the first run with a
            folder. Any other run of the process is kept in a fresh folder beside `folder`, so that no real run is
            touched.
        level: how much it records, instead of what the script asks for; None leaves that.
        observers: more of them; those that must be able to end the run set `essential`.
        stop_after: the number of completed steps at which the process ends the loop with `DirectionDone`.
    """

    folder: Path
    of: Path | None = None
    level: Level | None = None
    observers: tuple[Observer, ...] = ()
    stop_after: int | None = None


class DirectionDone(BaseException):
    """The run came to where the direction ends it. No error: `except Exception` in a script must not hold it."""


class _Place:
    direction: Direction | None = None
    taken = False
    others = 0


@contextmanager
def directing(direction: Direction) -> Iterator[None]:
    """Direct the runs that are made in this process inside a `with`."""
    _Place.direction, _Place.taken, _Place.others = direction, False, 0
    try:
        yield
    finally:
        _Place.direction = None


def directed(path: Path) -> tuple[Path, Direction | None]:
    """Return where a run that the script keeps in `path` is really kept, and the direction if it is the one meant."""
    direction = _Place.direction
    if direction is None:
        return path, None
    meant = direction.of is None or str(direction.of) == os.path.abspath(path)  # noqa: PTH100 - `a/../b` is b
    if meant and not _Place.taken:
        _Place.taken = True
        return direction.folder, direction
    _Place.others += 1
    return direction.folder.with_name(f"{direction.folder.name}-other-{_Place.others}"), None
