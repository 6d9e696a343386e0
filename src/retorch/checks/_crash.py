"""An error that left a script, shown as Python shows it: from the script's first line on, without our own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from itertools import dropwhile
from traceback import FrameSummary, StackSummary, TracebackException
from types import TracebackType
from typing import Any

import retorch

_PACKAGE = os.path.dirname(retorch.__file__) + os.sep  # noqa: PTH120 - compared with names of code objects
_OURS = (f"{_PACKAGE}checks{os.sep}", f"{_PACKAGE}explanations{os.sep}")
_RUNNER = (f"{_PACKAGE}checks{os.sep}_script.py", "<frozen runpy>")


def show_crash(error: BaseException) -> None:
    """Write an error to stderr, or hand it to the hook that the script has put in the place of Python's own."""
    if sys.excepthook is not sys.__excepthook__:
        sys.excepthook(type(error), error, _behind_us(error.__traceback__))
    else:
        sys.stderr.write(crash_text(error))


def crash_text(error: BaseException) -> str:
    """Return the traceback of an error that `Script.run` has raised."""
    told = TracebackException.from_exception(error)
    told.stack = StackSummary.from_list(_from_the_script_on(told.stack))
    _each(told, _leave_out_ours)
    return "".join(told.format())


def _from_the_script_on(frames: list[FrameSummary]) -> list[FrameSummary]:
    runner = [number for number, frame in enumerate(frames) if frame.filename == _RUNNER[0]]
    behind = frames[runner[-1] + 1 :] if runner else frames
    return list(dropwhile(lambda frame: frame.filename in _RUNNER, behind))


def _leave_out_ours(told: TracebackException) -> None:
    told.stack = StackSummary.from_list([frame for frame in told.stack if not frame.filename.startswith(_OURS)])


def _each(told: TracebackException | None, act: Callable[[TracebackException], None]) -> None:
    """Do something with an error and with all that are told along with it."""
    if told is not None:
        act(told)
        for other in (told.__cause__, told.__context__, *(told.exceptions or ())):
            _each(other, act)


def _behind_us(trace: TracebackType | None) -> TracebackType | None:
    last: Any = trace
    found = trace
    while last is not None:
        if last.tb_frame.f_code.co_filename in _RUNNER:
            found = last.tb_next
        last = last.tb_next
    return found
