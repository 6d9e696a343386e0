"""`Site`: the line of the user's code that set an operation off, found by walking frames out of the libraries."""

from __future__ import annotations

import io
import linecache
import os
import sys
import sysconfig
import tokenize
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from types import CodeType, FrameType, TracebackType
from typing import Literal, TypeAlias

import torch

import retorch

_Home: TypeAlias = Literal["user", "installed", "library"]
_MOST_FILES = 4096


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the user's code.

    Attributes:
        file: the path as Python knows it; "<stdin>", a notebook's cell or "<unknown>" where there is no file.
        line: from 1; 0 where it is not known.
        function: the name of the function it stands in, "<module>" outside of any.
        text: the line without its indentation; empty where the source is not at hand.
        expression: the call or operation itself, such as "x.t().reshape(6)", in one line; `text` where Python does
            not know which part of the line it was.
    """

    file: str
    line: int
    function: str
    text: str
    expression: str

    def told(self, operation: str = "") -> str:
        """Place and source: "train.py:12: y += 1". Python knows only the target of an assignment to an item."""
        source = self.text if operation == "__setitem__" else self.expression
        return f"{self.place}: {source}" if source else self.place

    @property
    def place(self) -> str:
        """`file:line`, the file relative to the working directory where it lies below it."""
        return f"{_shorter(self.file)}:{self.line}" if self.line else self.file


UNKNOWN = Site("<unknown>", 0, "<unknown>", "", "")


def user_frame(start: FrameType | None = None) -> FrameType | None:
    """Return the innermost frame of the user's code: not of retorch, torch, the standard library or a package.

    Where every frame belongs to an installed package, the innermost one outside of retorch and torch is the user's.
    The caller must drop the frame soon: it keeps all its local variables alive.
    """
    frame = start if start is not None else sys._getframe(1)  # noqa: SLF001 - what `inspect.currentframe` returns
    second_best: FrameType | None = None
    while frame is not None:
        home = _HOMES[frame.f_code.co_filename]
        if home == "user":
            return frame
        if home == "installed" and second_best is None:
            second_best = frame
        frame = frame.f_back  # type: ignore[assignment]
    return second_best


def site_of(frame: FrameType | None) -> Site:
    """Return the place at which a frame stands now; the answer keeps no frame alive."""
    return UNKNOWN if frame is None else _site(frame.f_code, frame.f_code.co_filename, frame.f_lasti)


def site_in(trace: TracebackType) -> Site:
    """Return the place at which an error left a frame."""
    return _site(trace.tb_frame.f_code, trace.tb_frame.f_code.co_filename, trace.tb_lasti)


def user_site() -> Site:
    """Return the line of the user's code that led here."""
    return site_of(user_frame(sys._getframe(1)))  # noqa: SLF001


class _Homes(dict[str, _Home]):
    """Whose each file is, found out once: a plain dict answers in half the time of a cached function."""

    def __missing__(self, file: str) -> _Home:
        if len(self) >= _MOST_FILES:  # a notebook makes one for each cell
            self.clear()
        home = self[file] = _home_of(file)
        return home


def _home_of(file: str) -> _Home:
    # A recipe of retorch is a user's file that happens to lie inside.
    if file.startswith(_RECIPES):
        return "user"
    if file.startswith((_RETORCH, _TORCH, "<frozen ")) or is_generated(file):
        return "library"
    if file.startswith(_INSTALLED) or any(folder in file for folder in _OF_OTHERS):
        return "installed"
    return "library" if file.startswith(_STANDARD) else "user"


@lru_cache(maxsize=4096)
def is_generated(file: str) -> bool:
    """Tell whether torch.fx or a compiler wrote a file: it has lines, and they are nobody's."""
    return file.startswith(("<eval_with_key>", "<codegen", "codegen(")) or f"{os.sep}torchinductor_" in file


def _folder(file: str) -> str:
    return os.path.dirname(file) + os.sep  # noqa: PTH120 - compared with names of code objects


_HOMES = _Homes()
_RETORCH, _TORCH = _folder(retorch.__file__), _folder(torch.__file__)
_RECIPES = f"{_RETORCH}recipes{os.sep}"
_PATHS = sysconfig.get_paths()
_STANDARD = (_PATHS["stdlib"] + os.sep, _PATHS["platstdlib"] + os.sep)
# What is installed for another Python and is on the path here.
_OF_OTHERS = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_INSTALLED = (_PATHS["purelib"] + os.sep, _PATHS["platlib"] + os.sep)


# One entry for each call in the user's code that does something worth telling. Equal code in two files is equal.
@lru_cache(maxsize=4096)
def _site(code: CodeType, file: str, instruction: int) -> Site:
    position = next(islice(code.co_positions(), instruction // 2, None), (None, None, None, None))
    first, last, begin, end = position
    line = first or code.co_firstlineno
    text = linecache.getline(file, line).strip()
    expression = _between(file, first, last, begin, end) or text
    return Site(file, line, code.co_name, text, expression)


def _between(file: str, first: int | None, last: int | None, begin: int | None, end: int | None) -> str:
    """Cut an expression out of the source; columns are counted in bytes of UTF-8."""
    if first is None or last is None or begin is None or end is None:
        return ""
    lines = [linecache.getline(file, number).encode() for number in range(first, last + 1)]
    if not all(lines):
        return ""
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][begin:]
    source = b"".join(lines).decode(errors="replace")
    if len(lines) > 1 and source.startswith(_STATEMENTS):
        return ""  # Python 3.11 takes the body of a loop for a part of what fetches the next item
    return " ".join((_without_comments(source) if len(lines) > 1 else source).split())


_STATEMENTS = ("for ", "async ", "with ")


def _without_comments(source: str) -> str:
    """Cut the comments out of an expression that goes over several lines, so that it can stand in one."""
    # Without brackets the second line would seem to be a statement of its own.
    lines = f"({source})".splitlines(keepends=True)
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO("".join(lines)).readline))
    except (tokenize.TokenError, SyntaxError):
        return source
    for token in tokens:
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    return " ".join(lines)[1:-1]


def _shorter(file: str) -> str:
    try:
        below = os.path.relpath(file)
    except ValueError:  # another drive, or a working directory that is gone
        return file
    return file if file.startswith("<") or below.startswith("..") else below
