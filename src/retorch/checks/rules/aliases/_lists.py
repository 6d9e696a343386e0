"""The lists that the user's code holds while a line runs, and the line that filled one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from linecache import getline
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, NamedTuple

from retorch.lines import Site, locals_of, look_up, parsed, user_frame

_MOST_FRAMES = 3
_LONGEST = 1000
_MOST_LINES = 400


class Holder(NamedTuple):
    """Who holds something.

    Attributes:
        variables: of a frame, by their names.
        owner: the object that is one of them and has it as an attribute or an item; None where a variable holds it.
    """

    variables: dict[str, Any]
    owner: Any


def lists_round(frame: FrameType | None) -> Iterator[tuple[FrameType, Holder, list[Any]]]:
    """Yield the lists that a frame and those of the user's that called it hold, each once, with who holds it."""
    seen: set[int] = set()
    for home, holder, held in held_round(frame):
        if type(held) is list and 0 < len(held) <= _LONGEST and id(held) not in seen:
            seen.add(id(held))
            yield home, holder, held


def held_round(frame: FrameType | None) -> Iterator[tuple[FrameType, Holder, Any]]:
    """Yield what a frame and those of the user's that called it hold: variables, and attributes of objects.

    Each comes with the frame and its holder. Runs nothing of the user's.
    """
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return
        used = {name: frame.f_globals[name] for name in frame.f_code.co_names if name in frame.f_globals}
        variables = used | locals_of(frame)
        for value in list(variables.values()):
            yield frame, Holder(variables, None), value
            for held in _inside(value):
                yield frame, Holder(variables, value), held
        frame = user_frame(frame.f_back) if frame.f_back is not None else None


def filled_at(frame: FrameType, holder: Holder, filled: list[Any]) -> Site | None:
    """Return the line that puts something into a list, or makes it; None where it is not found.

    Looked at are the code of the frame, the methods of the object that holds the list, and the functions beside it.
    """
    for code, variables in _code_round(frame, holder):
        first = code.co_firstlineno
        lines = [number for number in (line for *_, line in code.co_lines()) if number]
        for number in range(first, min(max(lines, default=first), first + _MOST_LINES) + 1):
            text = getline(code.co_filename, number).strip()
            node = _statement(text)
            if node is not None and any(look_up(each, variables) is filled for each in _filled(node)):
                return Site(code.co_filename, number, code.co_name, text, text)
    return None


def is_named_at(frame: FrameType | None, named: list[Any]) -> bool:
    """Tell whether the line at which a frame or one that called it stands, or a loop round it, names a list."""
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return False
        used = {name: frame.f_globals[name] for name in frame.f_code.co_names if name in frame.f_globals}
        variables = used | locals_of(frame)
        for text in _line_and_loops(frame):
            node = _statement(text)
            parts = ast.walk(node) if node is not None else ()
            if any(isinstance(part, ast.expr) and look_up(part, variables) is named for part in parts):
                return True
        frame = user_frame(frame.f_back) if frame.f_back is not None else None
    return False


def _line_and_loops(frame: FrameType) -> Iterator[str]:
    """Yield the line that a frame runs, and the heads of the loops round it, from the innermost on."""
    number = frame.f_lineno or 0
    text = getline(frame.f_code.co_filename, number)
    indent = len(text) - len(text.lstrip())
    yield text.strip()
    for above in range(number - 1, frame.f_code.co_firstlineno - 1, -1):
        text = getline(frame.f_code.co_filename, above)
        if text.strip() and len(text) - len(text.lstrip()) < indent:
            indent = len(text) - len(text.lstrip())
            if text.lstrip().startswith("for "):
                yield text.strip()


def _statement(text: str) -> ast.AST | None:
    """Parse a line; the head of a statement is given a body."""
    return parsed(f"{text} pass" if text.endswith(":") else text)


def _code_round(frame: FrameType, holder: Holder) -> Iterator[tuple[CodeType, dict[str, Any]]]:
    yield frame.f_code, holder.variables
    for kind in type(holder.owner).__mro__ if holder.owner is not None else ():
        for method in vars(kind).values():
            code = getattr(method, "__code__", None)
            if isinstance(code, CodeType) and code.co_argcount:
                yield code, {code.co_varnames[0]: holder.owner}
    for function in list(frame.f_globals.values()):
        if isinstance(function, FunctionType) and function.__code__.co_filename == frame.f_code.co_filename:
            yield function.__code__, frame.f_globals


def _filled(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign) and isinstance(node.value, (ast.BinOp, ast.ListComp)):
        yield from node.targets
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        yield node.target
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "append":
            yield part.func.value


def _inside(value: Any) -> Iterator[Any]:
    """Yield the items of a plain dictionary; the attributes of another object, and the items of those of them."""
    if type(value) is dict:
        yield from _items(value)
    elif not isinstance(value, (type, ModuleType)):
        for held in _items(_attributes(value)):
            yield held
            if type(held) is dict:
                yield from _items(held)


def _attributes(value: Any) -> dict[str, Any]:
    try:
        stored = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return stored if type(stored) is dict else {}


def _items(value: dict[Any, Any]) -> list[Any]:
    return list(value.values()) if len(value) <= _LONGEST else []
