"""What a path holds when it is no checkpoint, and what to call instead."""

from __future__ import annotations

import difflib
from pathlib import Path

from retorch.checkpoints._capture import OTHER, STATE, TENSORS
from retorch.checkpoints._manifest import FORMAT, MANIFEST
from retorch.errors import CheckpointDamaged, CheckpointError, CheckpointNotFound


def check_is_checkpoint(path: Path) -> None:
    """Raise unless `path` is a folder with a manifest; say what it looks like instead.

    Raises:
        CheckpointNotFound: nothing there, or something else.
        CheckpointDamaged: a checkpoint whose manifest is missing.
    """
    if (path / MANIFEST).is_file():
        return
    if not path.exists():
        raise CheckpointNotFound(f"there is no checkpoint at {path}{_similar(path)}")
    if path.is_file():
        raise CheckpointNotFound(f"{path} is a file, and a checkpoint of retorch is a folder. {_file_advice(path)}")
    if (path / STATE).is_file():
        raise CheckpointDamaged(f"{path / MANIFEST} is damaged: it is missing")
    raise CheckpointNotFound(f"{path} is a folder, but no checkpoint: it has no {MANIFEST}. {_folder_advice(path)}")


def check_may_replace(path: Path) -> None:
    """Raise unless `path` is free, empty, or a checkpoint and nothing else."""
    if not path.exists():
        return
    if not path.is_dir():
        raise CheckpointError(f"{path} is a file; a checkpoint is a folder. Save under another name, or delete it")
    entries = [entry.name for entry in path.iterdir()]
    foreign = sorted(entry for entry in entries if not _is_ours(entry))
    if foreign or (entries and not _has_our_manifest(path)):
        what = f"it holds {', '.join(foreign[:3])}" if foreign else f"its {MANIFEST} is not one of retorch's"
        raise CheckpointError(
            f"{path} is not replaced, because it is no checkpoint or more than that: {what}. "
            f"Save under another name, or move it away"
        )


def _is_ours(entry: str) -> bool:
    return entry in (MANIFEST, STATE, OTHER) or entry.endswith(TENSORS)


def _has_our_manifest(path: Path) -> bool:
    # A damaged one may be replaced too: a missing manifest beside our state, or our mark in it.
    try:
        return FORMAT.encode() in (path / MANIFEST).read_bytes()
    except OSError:
        return (path / STATE).is_file()


def _similar(path: Path) -> str:
    if not path.parent.is_dir():
        return f": the folder {path.parent} does not exist"
    names = [entry.name for entry in path.parent.iterdir() if not entry.name.startswith(".")]
    close = difflib.get_close_matches(path.name, names, n=3)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def _file_advice(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(64)
    if start[:4] == b"PK\x03\x04" or _is_pickle(start):
        return (
            f"It looks like a file of torch.save: read it with torch.load({str(path)!r}, weights_only=True) and hand "
            f"the state dict in it to model.load_state_dict"
        )
    if start[8:9] == b"{":
        return (
            f"It looks like a safetensors file: read it with safetensors.torch.load_file({str(path)!r}) and hand the "
            f"result to model.load_state_dict"
        )
    if path.name == MANIFEST or path.suffix == TENSORS:
        return f"Load its folder, {str(path.parent)!r}"
    return "Its format is unknown here"


def _is_pickle(start: bytes) -> bool:
    return start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")


def _folder_advice(path: Path) -> str:
    for folder in (path, path / "checkpoints"):
        inside = sorted(entry.parent.name for entry in folder.glob(f"*/{MANIFEST}"))
        if inside:
            return f"It contains checkpoints; load one of them, such as {str(folder / inside[-1])!r}"
    return "Check the path"
