"""`export`: one part of a checkpoint as one plain file for other tools."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from retorch.checkpoints._arena import Arenas
from retorch.checkpoints._checkpoint import open_checkpoint
from retorch.checkpoints._disk import aside_path, sync_folder, write_file
from retorch.checkpoints._layout import FORMAT_DTYPES
from retorch.errors import CheckpointError, CheckpointUnsupported, UsageError


def export(
    path: str | os.PathLike[str], out: str | os.PathLike[str], *,
    part: str = "model", form: Literal["safetensors", "torch"] = "safetensors", overwrite: bool = False,
) -> Path:  # fmt: skip
    """Write one part as one file that needs no retorch to be read.

    Args:
        path: the checkpoint.
        out: the file to write; it appears whole or not at all.
        part: which part.
        form: "safetensors" for `safetensors.torch.load_file` (tied tensors are written under each of their names),
            or "torch" for a plain state dict that `torch.load(weights_only=True)` reads.
        overwrite: replace a file that is there.

    Returns:
        `out`.

    Raises:
        CheckpointUnsupported: the form cannot hold the part.
        CheckpointError: `out` is there already.
    """
    if form not in _FORMS:
        raise UsageError(f"form={form!r} was asked; there are {' and '.join(map(repr, _FORMS))}")
    target = Path(out)
    if target.is_dir() or (target.exists() and not overwrite):
        raise CheckpointError(f"{target} is there already; take another name, or overwrite=True for a file")
    pieces = _FORMS[form](open_checkpoint(path, verify=False).state(part), part)
    aside = aside_path(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside.unlink(missing_ok=True)  # of a dead process that had our number
        write_file(aside, pieces)
        aside.replace(target)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise CheckpointError(f"cannot write {target}: {error.strerror}") from error
    sync_folder(target.parent)
    return target


def _safetensors(state: Any, part: str) -> list[memoryview]:
    items = state.items() if isinstance(state, Mapping) else [(part, None)]
    odd = [name for name, value in items if not _fits_format(name, value)]
    if odd:
        raise CheckpointUnsupported(
            f"a safetensors file holds dense tensors under names only, and {odd[0]!r} of part {part!r} is "
            f"something else. Take form='torch'"
        )
    return list(Arenas().pack(part, state, {}).pieces)


def _fits_format(name: Any, value: Any) -> bool:
    dense = isinstance(value, Tensor) and value.layout is torch.strided and value.dtype in FORMAT_DTYPES
    return isinstance(name, str) and dense and not value.is_nested


def _torch(state: Any, part: str) -> list[memoryview]:
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    unsafe = torch.serialization.get_unsafe_globals_in_checkpoint(file)
    if unsafe:
        raise CheckpointUnsupported(
            f"torch.load(weights_only=True) would refuse part {part!r}, because it holds {', '.join(unsafe)}"
        )
    return [memoryview(file.getvalue())]


_FORMS = {"safetensors": _safetensors, "torch": _torch}
