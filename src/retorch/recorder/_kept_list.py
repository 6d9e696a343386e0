"""Writing a list of entries beside a run; one that is damaged is kept aside, so that the run goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from retorch.errors import RunFolderError, notice
from retorch.runs import DamagedFile, write_atomically

T = TypeVar("T")


def read_or_begin(file: Path, read: Callable[[], list[T]]) -> list[T]:
    """Return what `read` returns; where the file is damaged, keep it aside and return an empty list.

    Raises:
        RunFolderError: it is of a newer schema, or can be neither read nor moved.
    """
    try:
        return read()
    except DamagedFile as error:
        name, _, suffixes = file.name.partition(".")
        aside = file.with_name(f"{name}.damaged.{suffixes}")
        try:
            file.replace(aside)
        except OSError:
            raise error from None
        notice(f"{file} was damaged; it was kept as {aside.name} and a new one begun")
        return []


def write(file: Path, content: dict[str, Any], pack: Callable[[bytes], bytes] = bytes) -> None:
    """Write JSON in one rename.

    Raises:
        RunFolderError: it cannot be written.
    """
    try:
        write_atomically(file, pack(json.dumps(content, indent=2).encode() + b"\n"))
    except OSError as error:
        raise RunFolderError(f"{file} cannot be written: {error.strerror}") from error
