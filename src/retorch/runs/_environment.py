"""Reading on what a run was computed, and from which sources and data. Takes no lock, loads no torch."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retorch.errors import RunFolderError

ENVIRONMENT_FILE, ENVIRONMENT_SCHEMA = "environment.json", 2
SOURCES_FILE, SOURCES_SCHEMA = "sources.json.gz", 1
DATA_FILE, DATA_SCHEMA = "data.json", 1

_DAMAGED = (ValueError, KeyError, TypeError, AttributeError, EOFError, zlib.error, gzip.BadGzipFile)


class DamagedFile(RunFolderError):  # noqa: N818 - named after the mistake, as the whole tree is
    """A file of the run folder that the run can go on without."""


@dataclass(frozen=True, slots=True)
class SourceSet:
    """The user's own source files as one or more sessions of a run had them.

    Attributes:
        since: when the first of these sessions began; UTC, ISO 8601.
        script: the file that Python was started with; None for a recipe of retorch's, or where there was none.
        files: absolute file to its text. "<notebook>" and "<string>" stand for what has no file.
        late: files that were changed after the process had started, so that it may have run an earlier text.
        left_out: files without their text, and why.
    """

    since: str
    script: str | None
    files: dict[str, str]
    late: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)


def read_environments(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """Return the environments that a run was computed in, oldest first; see docs/run-folder.md.

    A run made by an older retorch lacks some facts.

    Raises:
        RunFolderError: environment.json is damaged, or of a newer schema.
    """
    return [entry["environment"] for entry in read_environment_entries(Path(path))]


def read_environment(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the latest environment of a run, and under "data" what is known of its data sets; empty if none is known.

    Raises:
        RunFolderError: a file is damaged, or of a newer schema.
    """
    environments = read_environments(path)
    data = read_data(path)
    return {**(environments[-1] if environments else {}), **({"data": data} if data else {})}


def read_git_diff(path: str | os.PathLike[str]) -> str | None:
    """Return the changes since the commit, as `git diff HEAD` showed them when the latest environment was recorded.

    None where there were none, too many to be kept, or no repository.

    Raises:
        RunFolderError: environment.json is damaged, or of a newer schema.
    """
    entries = read_environment_entries(Path(path))
    diff: str | None = entries[-1].get("diff") if entries else None
    return diff


def read_sources(path: str | os.PathLike[str]) -> dict[str, str]:
    """Return the user's own source files as the latest session had them: absolute file to its text.

    Raises:
        RunFolderError: the sources are damaged, or of a newer schema.
    """
    sets = read_source_sets(path)
    return sets[-1].files if sets else {}


def read_source_sets(path: str | os.PathLike[str]) -> list[SourceSet]:
    """Return the sets of sources that a run was computed with, oldest first.

    Raises:
        RunFolderError: the sources are damaged, or of a newer schema.
    """
    file = Path(path) / SOURCES_FILE
    try:
        content = _parse(gzip.decompress(_bytes(file)), file, SOURCES_SCHEMA) if file.exists() else {"sets": []}
        return [_source_set(one, content["texts"]) for one in content["sets"]]
    except _DAMAGED as error:
        raise _damaged(file, error) from None


def read_data(path: str | os.PathLike[str]) -> dict[str, dict[str, Any]]:
    """Return what is known of the data sets of a run, by their names.

    Raises:
        RunFolderError: data.json is damaged, or of a newer schema.
    """
    return {entry["name"]: entry["facts"] for entry in read_data_entries(Path(path))}


def read_environment_entries(path: Path) -> list[dict[str, Any]]:
    """Return the entries of environment.json as they stand there."""
    return _entries(path / ENVIRONMENT_FILE, "environments", ENVIRONMENT_SCHEMA, ("environment",))


def read_data_entries(path: Path) -> list[dict[str, Any]]:
    """Return the entries of data.json as they stand there."""
    return _entries(path / DATA_FILE, "data", DATA_SCHEMA, ("name", "facts"))


def _entries(file: Path, key: str, schema: int, needed: tuple[str, ...]) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    try:
        entries: list[dict[str, Any]] = _parse(_bytes(file), file, schema)[key]
        for entry in entries:
            [entry[name] for name in needed]
    except _DAMAGED as error:
        raise _damaged(file, error) from None
    return entries


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise RunFolderError(f"{file} cannot be read: {error.strerror}") from None


def _parse(text: bytes, file: Path, schema: int) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(text)
    if content["schema"] > schema:
        raise RunFolderError(
            f"{file} has schema {content['schema']}; this retorch reads schema {schema}. Update retorch to use the run."
        )
    return content


def _source_set(facts: dict[str, Any], texts: dict[str, str]) -> SourceSet:
    return SourceSet(
        since=facts["since"],
        script=facts["script"],
        files={file: texts[fingerprint] for file, fingerprint in facts["files"].items()},
        late=tuple(facts["late"]),
        left_out=facts["left_out"],
    )


def _damaged(file: Path, error: Exception) -> DamagedFile:
    return DamagedFile(
        f"{file} is damaged: {error}. Put a copy of it back, or move it away: the run goes on without it."
    )
