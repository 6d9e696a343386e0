"""A run's `checkpoints/` folder: saved in the background, found again, thinned out."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from retorch.checkpoints._arena import Arenas
from retorch.checkpoints._background import Background
from retorch.checkpoints._capture import capture
from retorch.checkpoints._checkpoint import Checkpoint, open_checkpoint
from retorch.checkpoints._disk import remove_folder, settle_all, sync_folder
from retorch.checkpoints._manifest import Manifest, check_position
from retorch.checkpoints._retention import Retention
from retorch.checkpoints._writing import Writing
from retorch.errors import CheckpointDamaged, UsageError, notice

_DAMAGED = "damaged-"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


class Vault:
    """The checkpoints of one run. One process writes into it at a time; whoever makes it sees to that.

    Args:
        directory: where they lie; made by the first save.
        keep_last: how many of the newest are kept.
        keep_best: also keep the newest with each label, such as "best".
        keep_every: also keep those whose `position["step"]` is a multiple of this, in steps.

    >>> import tempfile, torch
    >>> vault = Vault(tempfile.mkdtemp())
    >>> vault.save("00000001", {"weight": torch.ones(2)}, position={"step": 1})
    >>> vault.wait()
    >>> vault.newest().state("weight")
    tensor([1., 1.])
    >>> vault.close()
    """

    def __init__(
        self, directory: str | os.PathLike[str], *,
        keep_last: int = 2, keep_best: bool = True, keep_every: int | None = None,
    ) -> None:  # fmt: skip
        self.path = Path(directory)
        self.last_write_seconds: float | None = None
        """How long the last checkpoint took to become durable, in seconds."""
        self._retention = Retention(keep_last, keep_best, keep_every)
        self._background = Background()
        self._arenas = Arenas()
        self._settled = False

    @property
    def busy(self) -> bool:
        """Whether a checkpoint is being written; the next save would wait for it."""
        return self._background.busy

    def save(
        self, name: str, parts: Mapping[str, Any], *, position: Mapping[str, Any], labels: Sequence[str] = (),
        before_publish: Callable[[], None] | None = None, background: bool = True,
    ) -> None:  # fmt: skip
        """Copy the state of `parts` as it is now, and write it while the caller goes on.

        Waits for the checkpoint before it, because there is one set of buffers. An error of that one is raised
        here, and nothing is saved then.

        Args:
            name: the checkpoint's name; names sort as checkpoints follow each other. One of the same name is
                replaced.
            parts: what `retorch.save` takes.
            position: where in the run this is; JSON values.
            labels: such as "best".
            before_publish: called in this thread after the copy and before anything can be renamed into place, in
                the order of saves: what a checkpoint refers to becomes durable first.
            background: write in a thread; with False the checkpoint is durable when this returns.

        Raises:
            CheckpointUnsupported: a part cannot be stored; nothing was written.
            CheckpointError: this one (with `background=False`) or the one before could not be written.
        """
        _check_name(name)
        facts, marks = check_position(position), tuple(labels)
        self.wait()
        self._settle()
        snapshot = capture(parts, self._arenas)
        if before_publish is not None:
            before_publish()
        writing = Writing(snapshot, self.path / name, position=facts, labels=marks)
        if background:
            self._background.start(lambda: self._write(writing))
        else:
            self._write(writing)

    def wait(self) -> None:
        """Wait until everything saved is durable, and raise what went wrong on the way."""
        self._background.wait()

    def close(self) -> None:
        """Wait, free the buffers, and raise what went wrong. Saving again is possible and starts cold."""
        try:
            self.wait()
        finally:
            self._arenas.keep_only(())

    def names(self) -> list[str]:
        """Return the names of the checkpoints, oldest first, damaged or not."""
        if not self.path.is_dir():
            return []
        entries = sorted(entry.name for entry in self.path.iterdir() if entry.is_dir())
        return [name for name in entries if not name.startswith((".", _DAMAGED))]

    def newest(self) -> Checkpoint | None:
        """Return the newest checkpoint that verifies; None when there never was one.

        Damaged ones are named in a notice and moved aside to `damaged-<name>`; leftovers of writing are removed.

        Raises:
            CheckpointDamaged: there are checkpoints, and all are damaged. They stay where they are.
            CheckpointTooNew: the newest is of a newer schema.
        """
        self.wait()
        self._settle()
        damaged: dict[str, str] = {}
        for name in reversed(self.names()):
            try:
                checkpoint = open_checkpoint(self.path / name)
            except (CheckpointDamaged, FileNotFoundError) as error:
                damaged[name] = str(error)
                continue
            self._move_aside(damaged, instead=name)
            return checkpoint
        if damaged:
            reasons = "\n".join(f"  {reason}" for text in damaged.values() for reason in text.splitlines())
            raise CheckpointDamaged(
                f"every checkpoint in {self.path} is damaged:\n{reasons}\n"
                f"Bring one back from a copy, or delete the folder to start anew"
            )
        return None

    def best(self, label: str = "best") -> Checkpoint | None:
        """Return the newest checkpoint with a label that verifies, or None."""
        self.wait()
        for name, labels in self.labels().items():
            with suppress(CheckpointDamaged, FileNotFoundError):
                if label in labels:
                    return open_checkpoint(self.path / name)
        return None

    def labels(self) -> dict[str, tuple[str, ...]]:
        """Return the labels of each checkpoint, newest first; one whose manifest cannot be read is left out."""
        found = {}
        for name in reversed(self.names()):
            with suppress(CheckpointDamaged, FileNotFoundError):
                found[name] = open_checkpoint(self.path / name, verify=False).labels
        return found

    def discard_after(self, name: str) -> None:
        """Delete every checkpoint that is newer than `name`."""
        self.wait()
        for later in self.names():
            if later > name:
                remove_folder(self.path / later)

    def thin_out(self, newest: Checkpoint) -> None:
        """Delete what the schedule does not keep besides `newest`, where a kill came before it was done."""
        self.wait()
        self._thin_out(newest.manifest)

    def _write(self, writing: Writing) -> None:
        start = time.monotonic()
        manifest = writing.run()
        self.last_write_seconds = time.monotonic() - start
        self._thin_out(manifest)

    def _thin_out(self, newest: Manifest) -> None:
        for name in self._retention.superfluous(self.path, self.names(), newest):
            # What cannot be deleted now is tried again after the next save.
            with suppress(OSError):
                remove_folder(self.path / name)

    def _settle(self) -> None:
        """Finish what a kill interrupted, once, before the first look or the first save."""
        if not self._settled and self.path.is_dir():
            with suppress(OSError):  # a folder that may only be read is read as it is
                settle_all(self.path)
        self._settled = True

    def _move_aside(self, damaged: Mapping[str, str], instead: str) -> None:
        for name, reason in damaged.items():
            moved = _move_aside(self.path / name)
            where = f"; it was moved to {moved.name}" if moved else ""
            notice(f"{reason}\nCheckpoint {instead!r} is taken instead of {name!r}{where}.")


def _move_aside(path: Path) -> Path | None:
    for number in range(1, 100):
        aside = path.with_name(_DAMAGED + path.name + (f".{number}" if number > 1 else ""))
        if not aside.exists():
            try:
                path.rename(aside)
            except OSError:
                return None
            sync_folder(path.parent)
            return aside
    return None


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name.startswith(_DAMAGED):
        raise UsageError(
            f"a checkpoint cannot be named {name!r}: take up to 100 of A-Z a-z 0-9 _ . -, no dot or dash first, and "
            f"not {_DAMAGED!r}"
        )
