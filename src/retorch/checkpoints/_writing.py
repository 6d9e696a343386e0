"""A snapshot to a durable folder, hashed while it is written."""

from __future__ import annotations

import errno
import shutil
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xxhash

from retorch.checkpoints._capture import Snapshot
from retorch.checkpoints._disk import aside_path, publish, write_file
from retorch.checkpoints._manifest import MANIFEST, FileSum, Manifest
from retorch.errors import CheckpointError

# Below this, starting a thread takes longer than hashing.
_THREAD_FROM_BYTES = 4 * 2**20

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Writing:
    """One checkpoint on its way to the disk.

    Made in the thread that took the snapshot: a background thread may start no other while the interpreter ends.
    """

    def __init__(self, snapshot: Snapshot, target: Path, *, position: Mapping[str, Any], labels: Sequence[str]) -> None:
        self._snapshot, self._target = snapshot, target
        self._position, self._labels = position, labels
        self._sums = _Sums(snapshot)

    def run(self) -> Manifest:
        """Write aside, make durable, rename into place.

        Raises:
            CheckpointError: the disk is full or refuses; nothing is left behind, an older folder is untouched.
        """
        aside = aside_path(self._target)
        try:
            self._target.parent.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(aside, ignore_errors=True)  # of a dead process that had our number
            aside.mkdir()
            manifest = self._write_files(aside)
            publish(aside, self._target)
        except OSError as error:
            shutil.rmtree(aside, ignore_errors=True)
            raise CheckpointError(_cannot_write(self._target, self._snapshot.size_bytes, error)) from error
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        finally:
            self._sums.wait()  # it reads the buffers, which the next save fills
        return manifest

    def _write_files(self, aside: Path) -> Manifest:
        for name, pieces in self._snapshot.files.items():
            write_file(aside / name, pieces)
        manifest = Manifest.now(
            self._target.name, position=self._position, labels=self._labels,
            files=self._sums.wait(), parts=self._snapshot.parts,
        )  # fmt: skip
        write_file(aside / MANIFEST, [memoryview(manifest.to_bytes())])
        return manifest


class _Sums:
    """The checksums of all files, computed beside the writing: while that waits for the disk, a core is free."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._sums: dict[str, FileSum] = {}
        self._thread: threading.Thread | None = None
        if snapshot.size_bytes >= _THREAD_FROM_BYTES:
            self._thread = threading.Thread(target=self._compute, name="retorch-checksums")
            self._thread.start()

    def wait(self) -> dict[str, FileSum]:
        if self._thread is not None:
            self._thread.join()
        elif not self._sums:
            self._compute()
        return self._sums

    def _compute(self) -> None:
        for name, pieces in self._snapshot.files.items():
            hasher = xxhash.xxh3_128()
            for piece in pieces:
                hasher.update(piece)  # the interpreter lock is free meanwhile
            self._sums[name] = FileSum(sum(piece.nbytes for piece in pieces), hasher.hexdigest())


def _cannot_write(target: Path, size_bytes: int, error: OSError) -> str:
    message = f"cannot write checkpoint {target} ({_show_bytes(size_bytes)}): {error.strerror or error}."
    if error.errno in _FULL:
        free = _free_bytes(target)
        message += f" {_show_bytes(free)} are free there. Free some space, or keep fewer checkpoints." if free else ""
    return f"{message} Nothing was left behind, and older checkpoints are untouched"


def _free_bytes(target: Path) -> int:
    try:
        return shutil.disk_usage(target.parent).free
    except OSError:
        return 0


def _show_bytes(count: int) -> str:
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
