"""`copy_run`: a run folder that goes on from an earlier checkpoint, made without touching the run."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import retorch
from retorch.checkpoints import Checkpoint, Vault, open_checkpoint
from retorch.errors import CheckpointDamaged, CheckpointNotFound, RunFolderError
from retorch.runs import find_holder, metrics_file, read_info, reading_metrics, utc_now, write_atomically

_ATTEMPTS = 5
_MANIFEST = "manifest.json"


def copy_run(run: Path, to: Path, *, step: int, lasting: bool = False) -> int | None:
    """Make a folder in which the run goes on from its nearest checkpoint at or before a step.

    The run may be going on meanwhile: nothing is written in its folder, and its lock is left alone. The files of a
    checkpoint are never written in place, so they are shared and not copied where the file system allows that.

    Args:
        run: the run folder.
        to: the folder to make; it may exist and be empty.
        step: at most so many steps are completed at the checkpoint.
        lasting: the copy is to outlive the run: files are never only pointed to.

    Returns:
        The steps completed at the checkpoint. None where there is none: the run starts from the beginning in the
        folder. Where it can be resumed at all, its seed and threads are there; else the folder is empty.

    Raises:
        RunFolderError: there is no run, or the copy cannot be written.
    """
    _describe(run, to)
    for _ in range(_ATTEMPTS):
        checkpoint = _nearest(run, step)
        if checkpoint is None:
            return None
        try:
            _share(checkpoint, to / "checkpoints", point=not lasting and find_holder(run / "run.lock") is None)
        except FileNotFoundError:
            continue  # The run goes on and has deleted this one: look again.
        _copy_metrics(run, to)
        return int(checkpoint.position["step"])
    raise RunFolderError(f"{run} deletes its checkpoints faster than they can be copied; try again when it has ended")


def _describe(run: Path, to: Path) -> None:
    """Write what the run is: its seed and threads come with it, how it ended does not.

    A loop that is only recorded saves nothing and wants an empty folder.
    """
    info = read_info(run).changed(status="started", result=None, created=utc_now(), retorch=retorch.__version__)
    try:
        to.mkdir(parents=True, exist_ok=True)
        if Vault(run / "checkpoints").names():
            write_atomically(to / "run.json", info.to_json())
    except OSError as error:
        raise RunFolderError(f"{to} cannot be written: {error.strerror}") from None


def _nearest(run: Path, step: int) -> Checkpoint | None:
    vault = run / "checkpoints"
    for name in reversed(Vault(vault).names()):
        try:
            checkpoint = open_checkpoint(vault / name)
        except (CheckpointDamaged, CheckpointNotFound, FileNotFoundError):
            continue  # An earlier one serves as well; the steps between are done once more.
        if int(checkpoint.position["step"]) <= step:
            return checkpoint
    return None


def _share(checkpoint: Checkpoint, vault: Path, *, point: bool) -> None:
    shutil.rmtree(vault, ignore_errors=True)  # what an attempt before this one left
    target = vault / checkpoint.path.name
    target.mkdir(parents=True)
    # By the manifest: a folder that is being deleted lists what is left of it.
    for name in (_MANIFEST, *checkpoint.manifest.files):
        _share_file(checkpoint.path / name, target / name, point=point)


def _share_file(file: Path, target: Path, *, point: bool) -> None:
    """Give a file a second name; across file systems point to it, or copy it where it may be deleted meanwhile."""
    try:
        os.link(file.resolve(), target)
    except FileNotFoundError:
        raise
    except OSError:
        if point:
            target.symlink_to(file.resolve())
        else:
            shutil.copyfile(file, target)


def _copy_metrics(run: Path, to: Path) -> None:
    with reading_metrics(metrics_file(run)) as source:
        if source is not None:
            with closing(sqlite3.connect(metrics_file(to))) as target:
                source.backup(target)
