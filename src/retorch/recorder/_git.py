"""`asking_git`: the commit that the user's files are at, and what was changed since."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import xxhash

DIFF_LIMIT = 256 * 1024
"""The largest diff whose text is kept, in bytes."""

_TIMEOUT_S = 2.0
# The same text whatever the user's settings say; a changed binary file shows as the hash of its content.
_DIFF = (
    "diff", "HEAD", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--src-prefix=a/",
    "--dst-prefix=b/",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repository:
    """A Git repository at a moment.

    Attributes:
        root: its top folder.
        commit: the full hash.
        diff: the tracked changes since that commit, as `git diff HEAD` shows them; None where git took too long.
    """

    root: str
    commit: str
    diff: bytes | None

    @property
    def revision(self) -> str:
        """The commit, with "-dirty" behind it when tracked files were changed."""
        return f"{self.commit}-dirty" if self.diff else self.commit

    def facts(self) -> dict[str, Any]:
        """Return what the environment says of it, without the text of the changes."""
        diff = self.diff
        size = None if diff is None else {"bytes": len(diff), "fingerprint": xxhash.xxh3_64_hexdigest(diff)}
        return {"root": self.root, "commit": self.commit, "diff": size}

    def text(self) -> str | None:
        """Return the changes as text; None where there are none, or too many."""
        return self.diff.decode(errors="replace") if self.diff and len(self.diff) <= DIFF_LIMIT else None


def asking_git(folder: str | os.PathLike[str]) -> Callable[[], Repository | None]:
    """Start to look for the repository round a folder, and return the function that gives it.

    It gives None without a repository, without a commit, and without git.

    >>> import tempfile
    >>> asking_git(tempfile.mkdtemp())() is None
    True
    """
    # Git needs longer to start than to answer: both at once, and the caller may do other things meanwhile.
    place, changes = _start(folder, "rev-parse", "--show-toplevel", "HEAD"), _start(folder, *_DIFF)

    def answer() -> Repository | None:
        lines = os.fsdecode(_answer(place) or b"").splitlines()
        diff = _answer(changes)
        return Repository(root=lines[0], commit=lines[1], diff=diff) if len(lines) == 2 else None

    return answer


def _start(folder: str | os.PathLike[str], *words: str) -> subprocess.Popen[bytes] | None:
    try:
        return subprocess.Popen(  # noqa: S603 - fixed words
            ["git", *words],  # noqa: S607 - the user's own
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except OSError:
        return None


def _answer(process: subprocess.Popen[bytes] | None) -> bytes | None:
    if process is None:
        return None
    with process:
        try:
            answer, _ = process.communicate(timeout=_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return None
    return answer if process.returncode == 0 else None
