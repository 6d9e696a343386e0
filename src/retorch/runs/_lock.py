"""`RunLock`: one run folder, one process at work."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import struct
import sys
import threading
import weakref
from dataclasses import asdict, dataclass
from pathlib import Path

from retorch.errors import RunBusy, notice
from retorch.runs._info import utc_now

# POSIX record locks, because loader workers are forked from the training process: a `flock` (and an open-file-
# description lock) belongs to the open file, which a forked worker inherits, so it would stay locked for the
# seconds by which workers outlive a parent that got SIGKILL, and the restart would fail. A record lock belongs to
# the process and dies with it. Its two traps are answered here:
# - it does not stop a second open in the same process: `_held` does;
# - closing *any* descriptor of the file gives it up: nobody here opens the file of a lock that `_held` knows.
_held: dict[tuple[int, int], tuple[int, Holder]] = {}
_registry = threading.Lock()

_BUSY = (errno.EACCES, errno.EAGAIN)
# struct flock: Linux has (type, whence, start, length, pid), macOS (start, length, pid, type, whence).
_FLOCK = "qqihh" if sys.platform == "darwin" else "hhqqi0q"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who works in a run folder: process number, host, and since when (UTC, ISO 8601)."""

    pid: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since}"


class RunLock:
    """Held from construction until `release`, the end of the process, or its kill.

    Raises:
        RunBusy: another process, or another lock of this one, holds it.
        OSError: the lock file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        with _registry:
            _refuse_second_open(path)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                _lock(descriptor, path)
                holder = _sign(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
            key = _identity(os.fstat(descriptor))
            _held[key] = (os.getpid(), holder)
        self.release = weakref.finalize(self, _release, descriptor, key)


def find_holder(path: Path) -> Holder | None:
    """Say who holds the lock file at `path`, without taking the lock even for a moment.

    Returns:
        None when nobody does, or when there is no such file.
    """
    with _registry:
        own = _held_here(path)
        if own is not None:
            return own
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            pid = _holding_pid(descriptor)
            return None if pid is None else _read_holder(descriptor, pid)
        finally:
            os.close(descriptor)


def _refuse_second_open(path: Path) -> None:
    own = _held_here(path)
    if own is not None:
        raise RunBusy(
            f"{path.parent} is already open in this process, since {own.since}; "
            f"close that run first, or make it in a `with` block"
        )


def _held_here(path: Path) -> Holder | None:
    try:
        key = _identity(path.stat())
    except OSError:
        return None
    pid, holder = _held.get(key, (0, None))
    # A forked child has a copy of the registry and none of the locks.
    return holder if pid == os.getpid() else None


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _BUSY:
            holder = _read_holder(descriptor, pid=0)
            raise RunBusy(
                f"{path.parent} is in use by {holder}; wait until it ends, stop it, or take another run folder"
            ) from None
        notice(
            f"the file system of {path.parent} cannot lock files ({error.strerror}); "
            f"take care that no second process works in this run",
        )


def _sign(descriptor: int) -> Holder:
    holder = Holder(os.getpid(), socket.gethostname(), utc_now())
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)
    return holder


def _read_holder(descriptor: int, pid: int) -> Holder:
    """Read the signature; a holder that has only just locked has not signed yet."""
    try:
        return Holder(**json.loads(os.pread(descriptor, 4096, 0)))
    except (ValueError, TypeError, OSError):
        return Holder(pid, "an unknown host", "a moment ago")


def _holding_pid(descriptor: int) -> int | None:
    """Ask the kernel whose lock would stop us."""
    order = (0, 0, 0, fcntl.F_RDLCK, os.SEEK_SET) if sys.platform == "darwin" else (fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
    try:
        answer = struct.unpack(_FLOCK, fcntl.fcntl(descriptor, fcntl.F_GETLK, struct.pack(_FLOCK, *order)))
    except OSError:  # a file system without locks
        return None
    kind, pid = (answer[3], answer[2]) if sys.platform == "darwin" else (answer[0], answer[4])
    return None if kind == fcntl.F_UNLCK else pid


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _release(descriptor: int, key: tuple[int, int]) -> None:
    with _registry:
        if _held.get(key, (0, None))[0] == os.getpid():
            del _held[key]
        os.close(descriptor)
