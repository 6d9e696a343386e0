"""`manifest.json`: what a checkpoint holds, with a checksum of everything, itself included.

Its bytes are the one canonical form of what they say and carry a checksum of the rest, so that no byte of it can
change unnoticed, white space included.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import torch
import xxhash

from retorch.errors import CheckpointDamaged, CheckpointTooNew, UsageError

MANIFEST = "manifest.json"
FORMAT = "retorch checkpoint"
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class FileSum:
    """What a file must be: its length and the xxh3-128 of its bytes, in hex."""

    size_bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `manifest.json` says.

    Attributes:
        name: the name that the checkpoint was given.
        time: when it was written, UTC, ISO 8601.
        versions: of retorch, torch, numpy and python.
        position: where in a run it was taken, as the caller said it.
        labels: such as "best".
        files: for each other file what it must be.
        parts: for each part its kind, and dtype, shape, stride or twin of each dense tensor.
    """

    name: str
    time: str
    versions: dict[str, str]
    position: dict[str, Any]
    labels: tuple[str, ...]
    files: dict[str, FileSum]
    parts: dict[str, dict[str, Any]]

    @classmethod
    def now(
        cls, name: str, *, position: Mapping[str, Any], labels: Sequence[str],
        files: dict[str, FileSum], parts: dict[str, dict[str, Any]],
    ) -> Manifest:  # fmt: skip
        """Describe a checkpoint that is being written."""
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        return cls(name, time, _versions(), dict(position), tuple(labels), files, parts)

    @classmethod
    def from_bytes(cls, data: bytes, where: str) -> Manifest:
        """Read a manifest; nothing in it is believed before its checksum is right.

        Raises:
            CheckpointDamaged: a byte is wrong.
            CheckpointTooNew: written by a newer schema.
        """
        record = _parse(data, where)
        digest, schema = record.pop("checksum", None), record.get("schema")
        if _canonical({**record, "checksum": digest}) != data or digest != _digest(record):
            if isinstance(schema, int) and schema > SCHEMA and digest != _digest({**record, "schema": SCHEMA}):
                raise CheckpointTooNew(_too_new(where, schema))
            raise CheckpointDamaged(f"{where} is damaged: its bytes do not have their checksum")
        if record["schema"] > SCHEMA:
            raise CheckpointTooNew(_too_new(where, record["schema"]))
        files = {name: FileSum(entry["bytes"], entry["xxh3_128"]) for name, entry in record["files"].items()}
        return cls(
            record["name"], record["time"], record["versions"], record["position"], tuple(record["labels"]),
            files, record["parts"],
        )  # fmt: skip

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        record = {
            "format": FORMAT,
            "schema": SCHEMA,
            "name": self.name,
            "time": self.time,
            "versions": self.versions,
            "position": self.position,
            "labels": list(self.labels),
            "files": {name: {"bytes": sum_.size_bytes, "xxh3_128": sum_.digest} for name, sum_ in self.files.items()},
            "parts": self.parts,
        }
        return _canonical({**record, "checksum": _digest(record)})


def check_position(position: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a position as it will be read again.

    Raises:
        UsageError: it holds what JSON cannot, such as a tensor or NaN.
    """
    try:
        copy: dict[str, Any] = json.loads(json.dumps(dict(position), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"position={position!r} is no JSON ({error}); give numbers, strings, lists and dicts with string keys, "
            f"and put everything else into a part"
        ) from None
    if copy != position:
        raise UsageError(f"position={position!r} would be read again as {copy!r}; give lists and string keys")
    return copy


def _parse(data: bytes, where: str) -> dict[str, Any]:
    try:
        record = json.loads(data)
    except ValueError:  # also bytes that are no UTF-8
        record = None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise CheckpointDamaged(f"{where} is damaged: it is {len(data)} bytes that are no manifest of a checkpoint")
    return record


def _canonical(record: dict[str, Any]) -> bytes:
    return (json.dumps(record, indent=1, sort_keys=True) + "\n").encode()


def _digest(record: dict[str, Any]) -> str:
    return xxhash.xxh3_128_hexdigest(_canonical(record))


def _too_new(where: str, schema: int) -> str:
    return (
        f"{where} was written by schema {schema}, and this version of retorch reads up to {SCHEMA}. "
        f"Install a newer retorch to read it"
    )


def _versions() -> dict[str, str]:
    from retorch import __version__  # noqa: PLC0415 - the package is loaded before its rooms, not before this file

    return {
        "retorch": __version__,
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
