"""Where a training can be killed. A scenario says where it is, a `Plan` says where it dies."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Plan:
    """When a process signals itself: at the n-th visit of a place, or in the n-th call that changes the disk.

    Attributes:
        place: the name of a place, or "call".
        visit: which visit of it in this process, from 1.
        when: for a call: "before" it, "after" it, or "half" of it (of what a write was to write).
        signals: what it sends itself there, one after the other.
        to_group: whether its loader's workers get them too.
        error: instead of a signal, the errno that this call and all later ones fail with.
    """

    place: str
    visit: int
    when: str = "before"
    signals: tuple[int, ...] = (signal.SIGKILL,)
    to_group: bool = False
    error: int | None = None


visits: Counter[str] = Counter()
calls: list[str] = []
_plan: Plan | None = None
_root = Path("/nowhere")


def at(place: str) -> None:
    """Say that the training is here now."""
    visits[place] += 1
    if _plan is not None and _plan.place == place and _plan.visit == visits[place]:
        _signal()


def arm(plan: Plan | None, folder: Path) -> None:
    """Make the plan of this process known, and watch its calls if it asks for that."""
    global _plan, _root
    _plan, _root = plan, folder
    if plan is not None and plan.place == "call":
        _watch_calls()


def _signal() -> None:
    assert _plan is not None
    for number in _plan.signals:
        (os.killpg if _plan.to_group else os.kill)(os.getpid(), number)


def _watch_calls() -> None:
    """Replace what changes the disk by versions that count themselves and can be the last thing that happens."""
    for name in ("mkdir", "rename", "replace", "unlink", "rmdir"):
        setattr(os, name, _watched(name, getattr(os, name)))
    os.fsync = _watched("fsync", os.fsync)
    os.write = _watched("write", os.write, half=_half_write(os.write))
    sqlite3.connect = _connect(sqlite3.connect)


def _watched(name: str, call: Callable[..., Any], half: Callable[..., Any] | None = None) -> Callable[..., Any]:
    def watched(what: Any, *rest: Any, **options: Any) -> Any:
        where = _path_of(what, options.get("dir_fd"))
        if not where.startswith(str(_root)):
            return call(what, *rest, **options)
        calls.append(f"{name} {where.removeprefix(str(_root))}")
        if _falls_here("before"):
            _end_here()
        if _falls_here("half") and half is not None:
            half(what, *rest)
            _end_here()
        try:
            return call(what, *rest, **options)
        finally:
            if _falls_here("after"):
                _end_here()

    return watched


def _falls_here(when: str) -> bool:
    assert _plan is not None
    if _plan.error is not None:
        return when == _plan.when and len(calls) >= _plan.visit
    return when == _plan.when and len(calls) == _plan.visit


def _end_here() -> None:
    assert _plan is not None
    if _plan.error is not None:
        raise OSError(_plan.error, os.strerror(_plan.error))
    _signal()


def _half_write(write: Callable[..., int]) -> Callable[..., int]:
    return lambda descriptor, data: write(descriptor, data[: len(data) // 2])


def _path_of(what: Any, folder: int | None = None) -> str:
    if isinstance(what, int):
        try:
            return str(Path(f"/proc/self/fd/{what}").readlink())
        except OSError:
            return ""
    if folder is not None:
        return f"{_path_of(folder)}/{what}"
    return os.path.abspath(os.fspath(what))


def _connect(connect: Callable[..., sqlite3.Connection]) -> Callable[..., sqlite3.Connection]:
    class Watched(sqlite3.Connection):
        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
            run = super().execute
            if not statement.startswith(("COMMIT", "PRAGMA journal_mode")):
                return run(statement, *values)
            return _watched(f"sqlite {statement}", lambda _: run(statement, *values))(_root / "metrics.sqlite")

        def executescript(self, script: str) -> sqlite3.Cursor:
            run = super().executescript
            return _watched("sqlite tables", lambda _: run(script))(_root / "metrics.sqlite")

    return lambda *values, **options: connect(*values, **{**options, "factory": Watched})
