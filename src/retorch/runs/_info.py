"""`RunInfo`: what run.json says, in a versioned schema."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

import retorch
from retorch.errors import RunFolderError, UsageError

SCHEMA: Literal[1] = 1

_FREE = ("config", "settings", "result")

Status = Literal["started", "finished", "stopped"]


class Command(BaseModel):
    """How the run was first started.

    Attributes:
        argv: the words of the command line.
        cwd: the folder it was typed in.
        recipe: the name or file of the recipe, None for a script.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    argv: tuple[str, ...]
    cwd: str
    recipe: str | None = None


class RunInfo(BaseModel):
    """What a run is. Times and sessions are not here but in metrics.sqlite, `created` aside.

    Attributes:
        schema_version: the version of this layout.
        retorch: the version that wrote it.
        created: UTC, ISO 8601, when the folder was made.
        seed: the seed of the run.
        threads: the logical thread count, which decides bits on the CPU.
        command: how it was first started.
        config: the options of the recipe or of the user.
        settings: what must be the same when the run is resumed.
        status: "started" until it ends by itself; a killed run stays "started".
        result: what the run ended with; no wall-clock times, so that a killed run's result equals an unbroken one's.

    A float that JSON has no word for is written as `NaN` or `Infinity`, as Python's `json` does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    schema_version: Literal[1] = Field(default=SCHEMA, alias="schema")
    retorch: str
    created: str
    seed: int
    threads: int
    command: Command
    config: dict[str, JsonValue] = {}
    settings: dict[str, JsonValue] = {}
    status: Status = "started"
    result: dict[str, JsonValue] | None = None

    @classmethod
    def new(
        cls,
        *,
        seed: int,
        threads: int,
        recipe: str | None = None,
        config: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> Self:
        """Describe a run that starts now, in this process and folder.

        Raises:
            UsageError: a value cannot be written as JSON; the message says where it stands.

        >>> RunInfo.new(seed=7, threads=2, config={"epochs": 10}).status
        'started'
        """
        return cls._checked(
            {
                "schema": SCHEMA,
                "retorch": retorch.__version__,
                "created": utc_now(),
                "seed": seed,
                "threads": threads,
                "command": {"argv": tuple(sys.argv), "cwd": str(Path.cwd()), "recipe": recipe},
                "config": dict(config or {}),
                "settings": dict(settings or {}),
            }
        )

    def changed(self, **changes: Any) -> Self:
        """Return a copy with some attributes replaced and everything checked again.

        Raises:
            UsageError: a value does not fit the schema.
        """
        return self._checked({**self.model_dump(by_alias=True), **changes})

    def to_json(self) -> bytes:
        """Return the content of run.json."""
        return self.model_dump_json(by_alias=True, indent=2).encode() + b"\n"

    @classmethod
    def _checked(cls, values: dict[str, Any]) -> Self:
        try:
            return cls.model_validate(
                {name: _with_lists(value) if name in _FREE else value for name, value in values.items()}
            )
        except ValidationError as error:
            raise UsageError(f"these values cannot be kept in run.json:\n{_list_problems(error)}") from None


def read_info(path: str | os.PathLike[str]) -> RunInfo:
    """Read what a run is from its folder. Takes no lock, so it works while the run goes on.

    Raises:
        RunFolderError: there is no run, or run.json is damaged or of a newer schema.
    """
    file = Path(path) / "run.json"
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        raise RunFolderError(f"{path} is not a run: it has no run.json") from None
    except OSError as error:
        raise RunFolderError(f"{file} cannot be read: {error.strerror}") from None
    return _parse(text, file)


def utc_now() -> str:
    """Return the time as UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _with_lists(value: Any) -> Any:
    """Return the value as JSON gives it back: tuples become lists."""
    if isinstance(value, Mapping):
        return {name: _with_lists(item) for name, item in value.items()}
    return [_with_lists(item) for item in value] if isinstance(value, (tuple, list)) else value


def _parse(text: bytes, file: Path) -> RunInfo:
    try:
        values = json.loads(text)
        _refuse_newer(values, file)
        return RunInfo.model_validate(values)
    except ValidationError as error:
        problem = _list_problems(error)
    except (ValueError, RecursionError) as error:
        problem = f"  {error}" if text else "  the file is empty"
    raise RunFolderError(
        f"{file} is damaged:\n{problem}\n"
        f"Put a copy of run.json back, or move {file.parent} away and start the run afresh."
    )


def _refuse_newer(values: Any, file: Path) -> None:
    schema = values.get("schema") if isinstance(values, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:
        raise RunFolderError(
            f"{file} has schema {schema}, written by retorch {values.get('retorch', 'of unknown version')}; "
            f"this is retorch {retorch.__version__}, which reads schema {SCHEMA}. Update retorch to use the run."
        )


def _list_problems(error: ValidationError) -> str:
    return "\n".join(f"  {_place(problem['loc'])}: {problem['msg']}" for problem in error.errors())


def _place(location: tuple[int | str, ...]) -> str:
    """Write where a value stands; inside a JSON value pydantic puts its kind between the keys, which is left out."""
    if location[:1] in {("config",), ("settings",), ("result",)}:
        location = location[:2] + location[3::2]
    return ".".join(map(str, location)) or "run.json"
