"""An opened checkpoint."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from retorch.checkpoints._disk import standing_in
from retorch.checkpoints._foreign import check_is_checkpoint
from retorch.checkpoints._manifest import Manifest
from retorch.checkpoints._reading import find_damage, read_manifest, read_states
from retorch.checkpoints._restore import restore
from retorch.errors import CheckpointDamaged, CheckpointMismatch


class Checkpoint:
    """A saved state, opened; made by `open_checkpoint`. Its tensors are read when they are asked for.

    Attributes:
        path: its folder.
        manifest: all that is known of it without reading a tensor.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    @property
    def name(self) -> str:
        """The name that it was given."""
        return self.manifest.name

    @property
    def position(self) -> dict[str, Any]:
        """Where it was taken, as its writer said it."""
        return self.manifest.position

    @property
    def labels(self) -> tuple[str, ...]:
        """Such as "best"."""
        return self.manifest.labels

    @property
    def parts(self) -> dict[str, str]:
        """The kind of each part by its name."""
        return {name: record["kind"] for name, record in self.manifest.parts.items()}

    @property
    def size_bytes(self) -> int:
        """The bytes of its files, less the manifest."""
        return sum(sum_.size_bytes for sum_ in self.manifest.files.values())

    def restore(
        self, parts: Mapping[str, Any], *,
        only: Sequence[str] | None = None, strict: bool = True, device: str | torch.device = "cpu",
    ) -> dict[str, Any]:  # fmt: skip
        """Restore into live objects, all or none; see `load`, which is this for a path."""
        return restore(self.path, self.manifest, parts, only=only, strict=strict, device=device)

    def state(self, part: str, *, device: str | torch.device = "cpu") -> Any:
        """Return the state of one part: a state dict, or the value that was saved. Tensors are fresh.

        Raises:
            CheckpointMismatch: there is no such part.
            CheckpointDamaged: a file that was read is not what the manifest says.
        """
        if part not in self.manifest.parts:
            raise CheckpointMismatch(
                f"checkpoint {self.name!r} has no part {part!r}; it holds {', '.join(sorted(self.manifest.parts))}"
            )
        target = torch.device(device)
        return read_states(self.path, self.manifest, [part], lambda _: target)[part].main

    def __repr__(self) -> str:
        parts = ", ".join(f"{name} ({kind})" for name, kind in self.parts.items())
        return f"<Checkpoint {self.name!r}: {parts}; {self.path}>"


def open_checkpoint(path: str | os.PathLike[str], verify: bool = True) -> Checkpoint:  # noqa: FBT001, FBT002
    """Open a checkpoint.

    Args:
        path: its folder. Where a kill interrupted the replacing of an older one, the new one is opened.
        verify: read every file and compare its checksum now. What is read later is verified in either case.

    Raises:
        CheckpointNotFound: there is none at that path; the message says what is there instead.
        CheckpointDamaged: something is wrong with a file; the message names each.
        CheckpointTooNew: written by a newer schema.
    """
    folder = Path(path)
    if not folder.exists():
        folder = standing_in(folder) or folder
    check_is_checkpoint(folder)
    manifest = read_manifest(folder)
    problems = find_damage(folder, manifest) if verify else []
    if problems:
        raise CheckpointDamaged("\n".join(problems))
    return Checkpoint(folder, manifest)


def verify(path: str | os.PathLike[str]) -> list[str]:
    """Check every byte of a checkpoint against its checksums; memory stays small.

    Returns:
        What is wrong, one sentence a file; empty when all is well.

    Raises:
        CheckpointNotFound: there is none at that path.
        CheckpointTooNew: written by a newer schema.
    """
    try:
        checkpoint = open_checkpoint(path, verify=False)
    except CheckpointDamaged as error:
        return [str(error)]
    return find_damage(checkpoint.path, checkpoint.manifest)
