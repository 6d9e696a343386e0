"""`list_runs`: every run below a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from retorch.errors import RunFolderError
from retorch.runs._summary import RunSummary, summarize

_DEPTH = 4


def list_runs(directory: str | os.PathLike[str], *, depth: int = _DEPTH) -> list[RunSummary]:
    """Find the runs in a folder and up to `depth` folders below it, sorted by name. Takes no lock.

    A damaged run is listed with its problem. Hidden folders and symbolic links to folders are not entered.

    Raises:
        RunFolderError: `directory` is no folder.
    """
    top = Path(directory)
    if not top.is_dir():
        raise RunFolderError(f"{top} is not a folder; name one that holds runs")
    return [summarize(folder, name=_name(folder, top)) for folder in _find(top, depth)]


def _find(folder: Path, depth: int) -> Iterator[Path]:
    if (folder / "run.json").exists():
        yield folder
    elif depth > 0:
        for below in _folders_in(folder):
            yield from _find(below, depth - 1)


def _folders_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            found = [Path(e.path) for e in entries if e.is_dir(follow_symlinks=False) and e.name[0] != "."]
    except OSError:
        return []
    return sorted(found)


def _name(folder: Path, top: Path) -> str:
    return folder.resolve().name if folder == top else str(folder.relative_to(top))
