"""`RunFolder`: a run folder that this process works in."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from retorch.errors import RunFolderError
from retorch.runs._atomic import is_aside, remove_asides, write_atomically
from retorch.runs._database import metrics_file
from retorch.runs._info import RunInfo, read_info
from retorch.runs._lock import RunLock

_INFO, _LOCK = "run.json", "run.lock"
_MOST_NAMED = 4


class RunFolder:
    """A run folder, locked for this process until `close`, the end of the `with`, or the end of the process.

    Make one with `create_or_open` or `open`. Readers need none: `read_info`, `read_metrics` and `list_runs` take
    no lock.

    Attributes:
        path: the folder, absolute.
        info: what run.json says.
        is_new: whether this start made the run.

    >>> import tempfile
    >>> with RunFolder.create_or_open(tempfile.mkdtemp(), RunInfo.new(seed=7, threads=1)) as folder:
    ...     folder.update(status="finished", result={"loss": 0.25}).status
    'finished'
    """

    def __init__(self, path: Path, lock: RunLock, info: RunInfo, *, is_new: bool) -> None:
        self.path = path
        self.info = info
        self.is_new = is_new
        self._lock = lock

    @classmethod
    def create_or_open(cls, path: str | os.PathLike[str], info: RunInfo) -> Self:
        """Make a run, or open the one that is there; `info` counts only when it is made.

        A kill at any instant leaves a folder that the next start accepts: the lock comes first, then run.json in
        one rename, and everything else after it. So a folder that holds no more than these is a fresh one.

        Raises:
            RunBusy: another process, or another `RunFolder` of this one, has it open.
            RunFolderError: something else is there, or it cannot be written.
        """
        path = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would hide a symbolic link the user chose
        fresh = _looks_fresh(path)
        if not fresh and not (path / _INFO).exists():
            _refuse_foreign(path)
        lock = _lock(path)
        try:
            # Looked at again under the lock: another start may have made the run in between.
            fresh = _looks_fresh(path)
            remove_asides(path)
            folder = cls(path, lock, info if fresh else read_info(path), is_new=fresh)
            if fresh:
                folder._write(info)
        except BaseException:
            lock.release()
            raise
        return folder

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Open a run that exists.

        Raises:
            RunBusy: another process, or another `RunFolder` of this one, has it open.
            RunFolderError: there is no run, or it is damaged, or it cannot be written.
        """
        return cls.create_or_open(path, read_info(path))

    @property
    def checkpoints(self) -> Path:
        """Where the checkpoints of the run lie; the folder is made by whoever writes the first one."""
        return self.path / "checkpoints"

    @property
    def metrics(self) -> Path:
        """The SQLite file with the metrics and the sessions."""
        return metrics_file(self.path)

    @property
    def environment(self) -> Path:
        """The file that says on what the run was computed."""
        return self.path / "environment.json"

    @property
    def curves(self) -> tuple[Path, Path]:
        """The pictures of the curves, PNG and SVG."""
        return self.path / "curves.png", self.path / "curves.svg"

    def update(self, **changes: Any) -> RunInfo:
        """Replace attributes of `info`, durably, and return the new one.

        Raises:
            UsageError: a value does not fit the schema; nothing was written.
            RunFolderError: run.json cannot be written; the old one is intact.
        """
        info = self.info.changed(**changes)
        self._write(info)
        self.info = info
        return info

    def close(self) -> None:
        """Let others open the folder. Closing twice does nothing."""
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, info: RunInfo) -> None:
        try:
            write_atomically(self.path / _INFO, info.to_json())
        except OSError as error:
            raise RunFolderError(f"{self.path / _INFO} cannot be written: {error.strerror}") from error


def _looks_fresh(path: Path) -> bool:
    """Tell whether `path` holds nothing but what a start that was killed at once can leave."""
    names = _entries(path)
    if any(name not in (_INFO, _LOCK) and not is_aside(name) for name in names):
        return False
    return _INFO not in names or not _is_json(path / _INFO)


def _is_json(file: Path) -> bool:
    """A power loss can leave a renamed file without its content; alone in the folder that is no loss."""
    try:
        json.loads(file.read_bytes())
    except ValueError:
        return False
    return True


def _entries(path: Path) -> list[str]:
    try:
        return sorted(os.listdir(path))  # noqa: PTH208 - names are wanted, not paths
    except FileNotFoundError:
        return []
    except NotADirectoryError:
        raise RunFolderError(f"{path} is a file; a run needs a folder of its own, so name another path") from None
    except OSError as error:
        raise RunFolderError(f"{path} cannot be read: {error.strerror}") from None


def _refuse_foreign(path: Path) -> NoReturn:
    names = [name for name in _entries(path) if name != _LOCK and not is_aside(name)]
    named = ", ".join(names[:_MOST_NAMED]) + (", ..." if len(names) > _MOST_NAMED else "")
    raise RunFolderError(
        f"{path} is not a run and not empty: it holds {named}, but no run.json. "
        f"Name a new or empty folder, or put run.json back if this was a run."
    )


def _lock(path: Path) -> RunLock:
    try:
        path.mkdir(parents=True, exist_ok=True)
        return RunLock(path / _LOCK)
    except OSError as error:
        raise RunFolderError(
            f"{path} cannot be used as a run folder: {error.strerror} ({error.filename}). "
            f"Name a folder that you may write to."
        ) from error
