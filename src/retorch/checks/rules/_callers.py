"""`Callers`: the user's lines that led to a call, and which of them is the one that a reader should look at."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import NamedTuple

from retorch.lines import UNKNOWN, Site, site_of, user_frame


class _Caller(NamedTuple):
    frame: int
    code: CodeType
    site: Site


class Callers:
    """The user's frames that led here, as plain facts: no frame is kept alive."""

    def __init__(self) -> None:
        self._callers = [_Caller(id(frame), frame.f_code, site_of(frame)) for frame in _frames(sys._getframe(1))]  # noqa: SLF001 - what `inspect.currentframe` returns

    @property
    def places(self) -> tuple[tuple[str, int], ...]:
        """File and line of each, the innermost first."""
        return tuple((caller.site.file, caller.site.line) for caller in self._callers)

    def still_running(self) -> Site:
        """Return the innermost of the lines whose function has not returned yet.

        Asked when the training goes on after `seed_everything(0)`, this is the line that called `seed_everything`,
        and after a bare `torch.manual_seed(0)` it is that one.
        """
        running = {(id(frame), frame.f_code) for frame in _frames(sys._getframe(1))}  # noqa: SLF001 - as above
        return next((caller.site for caller in self._callers if caller[:2] in running), self._innermost())

    def _innermost(self) -> Site:
        return self._callers[0].site if self._callers else UNKNOWN


def _frames(start: FrameType) -> Iterator[FrameType]:
    frame = user_frame(start)
    while frame is not None:
        yield frame
        frame = user_frame(frame.f_back) if frame.f_back is not None else None
