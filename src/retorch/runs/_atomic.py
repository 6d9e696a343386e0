"""`write_atomically`: a reader, or a start after a kill, finds the old file or the new one, never half of one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_ASIDE = ".aside"


def write_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Write aside, fsync, rename over `path`, fsync the folder.

    A kill can leave the file that was written aside; `remove_asides` clears such leftovers away.

    Raises:
        OSError: the file could not be written; the old one is untouched and nothing is left aside.

    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "run.json"
    >>> write_atomically(target, b"{}")
    >>> target.read_bytes()
    b'{}'
    """
    path = Path(path)
    # The process number keeps two processes that write one export from renaming each other's half away.
    aside = path.with_name(f".{path.name}.{os.getpid()}{_ASIDE}")
    try:
        _write_durably(aside, data)
        aside.replace(path)
    except BaseException:
        with suppress(OSError):
            aside.unlink()
        raise
    _sync_folder(path.parent)


def is_aside(name: str) -> bool:
    """Tell whether a file name is one that `write_atomically` writes aside."""
    return name.startswith(".") and name.endswith(_ASIDE)


def remove_asides(folder: Path) -> None:
    """Delete what writers killed in this folder left aside. Call it only where nobody else writes."""
    for entry in folder.iterdir():
        if is_aside(entry.name):
            entry.unlink(missing_ok=True)


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems refuse to sync a folder; the file itself is already safe there.
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
