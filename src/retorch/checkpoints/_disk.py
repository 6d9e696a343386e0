"""Folders that appear and disappear at once, whatever moment a kill or a power loss takes.

Beside a folder `x` there can be, after a kill only:

* `.writing-x-<pid>`  half written
* `.ready-x`          whole, about to replace an older `x`
* `.replaced-x`       the older `x`, whole, while its successor takes the name
* `.removing-x-<pid>` on its way out
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_PIECE_BYTES = 64 * 2**20
_READY, _REPLACED = ".ready-", ".replaced-"
_NEVER_WHOLE = (".writing-", ".removing-")


def aside_path(target: Path) -> Path:
    """Return where what will become `target` is written."""
    return target.with_name(f".writing-{target.name}-{os.getpid()}")


def write_file(path: Path, pieces: Iterable[memoryview]) -> None:
    """Write a new file and make it durable. The interpreter lock is free while bytes move."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        for piece in pieces:
            _write_all(descriptor, piece)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def publish(aside: Path, target: Path) -> None:
    """Give a whole and durable folder its name. An older one stays until then and is deleted afterwards."""
    sync_folder(aside)
    if not target.exists():
        aside.rename(target)
        sync_folder(target.parent)
        return
    ready, replaced = _ready(target), _replaced(target)
    aside.rename(ready)
    target.rename(replaced)
    ready.rename(target)
    sync_folder(target.parent)
    remove_folder(replaced)


def settle(target: Path) -> None:
    """Finish a swap that a kill interrupted, and clear away what dead writers of `target` left."""
    if not target.exists():
        whole = standing_in(target)
        if whole is not None:
            whole.rename(target)
            sync_folder(target.parent)
    for leftover in (_ready(target), _replaced(target), *_leftovers(target)):
        if leftover.exists() and not _has_living_writer(leftover):
            remove_folder(leftover)


def standing_in(target: Path) -> Path | None:
    """Return the folder that holds the state of `target` while an interrupted swap left the name free.

    The new one comes first: it was whole and durable before the old one was moved.
    """
    return next((path for path in (_ready(target), _replaced(target)) if path.exists()), None)


def settle_all(parent: Path) -> None:
    """`settle` every name in a folder in which nobody else writes."""
    for entry in sorted(parent.iterdir()):
        swapped = entry.name.startswith((_READY, _REPLACED))
        if swapped and entry.exists():
            settle(parent / entry.name.removeprefix(_READY).removeprefix(_REPLACED))
        elif entry.name.startswith(_NEVER_WHOLE) and not _has_living_writer(entry):
            remove_folder(entry)


def remove_folder(path: Path) -> None:
    """Delete a folder; a kill on the way leaves nothing that looks whole."""
    if path.name.startswith(_NEVER_WHOLE):
        shutil.rmtree(path, ignore_errors=True)
        return
    doomed = path.with_name(f".removing-{path.name.lstrip('.')}-{os.getpid()}")
    shutil.rmtree(doomed, ignore_errors=True)
    path.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Make names in a folder survive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems refuse to sync a folder; its files are already safe there.
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, piece: memoryview) -> None:
    while piece:
        written = os.write(descriptor, piece[:_PIECE_BYTES])
        piece = piece[written:]


def _ready(target: Path) -> Path:
    return target.with_name(_READY + target.name)


def _replaced(target: Path) -> Path:
    return target.with_name(_REPLACED + target.name)


def _leftovers(target: Path) -> list[Path]:
    kinds = (".writing-", ".removing-", ".removing-ready-", ".removing-replaced-")
    prefixes = tuple(f"{kind}{target.name}-" for kind in kinds)
    return [entry for entry in target.parent.iterdir() if entry.name.startswith(prefixes)]


def _has_living_writer(path: Path) -> bool:
    number = path.name.rpartition("-")[2]
    if not path.name.startswith(".writing-") or not number.isdigit() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
