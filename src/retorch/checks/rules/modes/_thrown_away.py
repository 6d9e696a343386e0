"""Statements that do nothing: `model.eval` without parentheses, `torch.no_grad()` without `with`."""

from __future__ import annotations

import dis
import linecache
from functools import lru_cache
from types import CodeType

from retorch.lines import Site, user_frame

# What stands between a name and the end of its statement, in the versions of Python.
_BETWEEN = frozenset({"CACHE", "NOT_TAKEN", "PRECALL", "PUSH_NULL"})


def thrown_away(*names: str, called: bool = False) -> Site | None:
    """Return the line of a running function of the user's whose whole statement is one of these names.

    Asked once it is known that something did not happen; of several lines it is the last that has run.

    Args:
        names: of methods or functions.
        called: whether the name is called in that statement, and the result thrown away.
    """
    frame = user_frame()
    while frame is not None:
        code = frame.f_code
        lines = [line for name in names for line in _lines(code, name, called=called)]
        if lines:
            line = max((line for line in lines if line <= frame.f_lineno), default=lines[-1])
            text = linecache.getline(code.co_filename, line).strip()
            return Site(code.co_filename, line, code.co_name, text, text)
        frame = user_frame(frame.f_back) if frame.f_back is not None else None
    return None


@lru_cache(maxsize=1024)
def _lines(code: CodeType, name: str, *, called: bool) -> tuple[int, ...]:
    if name not in code.co_names:
        return ()
    wanted = ["CALL", "POP_TOP"] if called else ["POP_TOP"]
    instructions = [each for each in dis.get_instructions(code) if each.opname not in _BETWEEN]
    return tuple(
        each.positions.lineno
        for place, each in enumerate(instructions)
        if each.argval == name and each.positions is not None and each.positions.lineno is not None
        if [after.opname for after in instructions[place + 1 : place + 1 + len(wanted)]] == wanted
    )
