"""Copy the state of live parts out, as the bytes of the files of a checkpoint."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from retorch.checkpoints._arena import Arenas
from retorch.checkpoints._encode import Encoder, Json
from retorch.checkpoints._kinds import part_of
from retorch.errors import CheckpointUnsupported, UsageError

STATE = "state.json"
OTHER = "other.pt"
TENSORS = ".safetensors"

_PART_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of all parts at one moment. Nothing of it aliases a live object.

    Attributes:
        files: for each file its bytes, in pieces; those of tensors lie in the arenas.
        parts: for each part what the manifest says of it.
    """

    files: dict[str, tuple[memoryview, ...]]
    parts: dict[str, dict[str, Any]]

    @property
    def size_bytes(self) -> int:
        """The bytes of all files but the manifest."""
        return sum(piece.nbytes for pieces in self.files.values() for piece in pieces)


def capture(parts: Mapping[str, Any], arenas: Arenas) -> Snapshot:
    """Take the state of every part. Returns when the live tensors may change again.

    Raises:
        CheckpointUnsupported: a part holds something that cannot be stored; the message names the place.
        UsageError: a part's name cannot be a file name.
    """
    check_part_names(parts)
    # Outside inference mode: a buffer born in it could not be written to by a later save outside of it.
    with torch.inference_mode(mode=False), torch.no_grad():
        encoded = {name: _encode(name, parts[name]) for name in sorted(parts)}
        snapshot = _pack(encoded, arenas)
        arenas.settle()
    return snapshot


def check_part_names(parts: Mapping[str, Any]) -> None:
    """Refuse names that cannot be file names, here or on another file system."""
    if not parts:
        raise UsageError("there is nothing to save; give at least one part, such as model=model")
    for name in parts:
        if not _PART_NAME.fullmatch(name):
            raise UsageError(
                f"a part cannot be named {name!r}, because its file is: take up to 100 of A-Z a-z 0-9 _ . - "
                f"with a letter first"
            )
    by_lower = {name.lower(): name for name in parts}
    for name in parts:
        if by_lower[name.lower()] != name:
            raise UsageError(
                f"the parts {name!r} and {by_lower[name.lower()]!r} differ in upper and lower case only, which is "
                f"one file on some disks; rename one"
            )


@dataclass(frozen=True, slots=True)
class _Encoded:
    kind: str
    tree: Json
    encoder: Encoder


def _encode(name: str, value: Any) -> _Encoded:
    part, encoder = part_of(name, value), Encoder(name)
    state = part.state()
    # `main` first: its tensors get the plain names that other readers of the file expect.
    tree: Json = {"state": encoder.encode(state.main), "beside": encoder.encode(state.beside, ("beside",))}
    return _Encoded(part.kind, tree, encoder)


def _pack(encoded: Mapping[str, _Encoded], arenas: Arenas) -> Snapshot:
    arenas.keep_only(encoded)
    files: dict[str, tuple[memoryview, ...]] = {}
    parts: dict[str, dict[str, Any]] = {}
    for name, part in encoded.items():
        tensors, record = part.encoder.tensors, {}
        if tensors:
            packed = arenas.pack(name, tensors, part.encoder.tied)
            files[name + TENSORS], record = packed.pieces, packed.record
        parts[name] = {"kind": part.kind, "tensors": record}
    trees = {name: part.tree for name, part in encoded.items()}
    files[STATE] = (memoryview(json.dumps(trees, separators=(",", ":"), allow_nan=False).encode()),)
    others = {name: part.encoder.others for name, part in encoded.items() if part.encoder.others}
    if others:
        files[OTHER] = (memoryview(_pickle(others)),)
    return Snapshot(files, parts)


def _pickle(others: dict[str, dict[str, Any]]) -> bytes:
    file = io.BytesIO()
    torch.save(others, file)
    file.seek(0)
    unsafe = torch.serialization.get_unsafe_globals_in_checkpoint(file)
    if unsafe:
        raise CheckpointUnsupported(f"{', '.join(unsafe)} cannot be read back without executing code")
    return file.getvalue()
