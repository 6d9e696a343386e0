"""Who keeps a tensor, and which line gave it to him."""

from __future__ import annotations

import ast
import gc
import linecache
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FrameType, ModuleType
from typing import Any

from torch import Tensor

from retorch.lines import Site, locals_of, user_frame

_CONTAINERS = (list, dict, tuple, set, deque, defaultdict, OrderedDict)
# What fills one of them.
_STORING = frozenset({"append", "appendleft", "extend", "insert", "add", "update", "setdefault"})
_HIGHEST = 3  # a list of tuples of tensors
_FRAMES = 16


@dataclass(frozen=True, slots=True)
class Keeper:
    """A container with a name.

    Attributes:
        name: what the code calls it: "losses", "self.history".
        code: the function whose variable it is; None for an attribute, which any method may fill.
        file: in which the code stands.
    """

    name: str
    code: CodeType | None
    file: str


def tensors_with(is_wanted: Callable[[Tensor], bool]) -> list[Tensor]:
    """Return the tensors that Python has and somebody wants. Looks at every object: not for every day."""
    return [found for found in gc.get_objects() if type(found) is Tensor and is_wanted(found)]


def keeper_of(thing: Any, frame: FrameType | None) -> Keeper | None:
    """Return the container that keeps a thing, if the user's code that is running now has a name for it."""
    named = dict(_named_containers(frame))
    waiting, seen = [thing], {id(named), id(thing)}
    for _ in range(_HIGHEST):
        above = [each for below in waiting for each in _referrers(below) if id(each) not in seen]
        for each in above:
            if id(each) in named:
                return named[id(each)]
        seen.update(map(id, above))
        waiting = above
    return None


def line_that_fills(keeper: Keeper) -> Site | None:
    """Return the line that puts something into a container, read from the source; None where it is not to be seen."""
    first, last = 0, len(linecache.getlines(keeper.file))
    if keeper.code is not None and keeper.code.co_name != "<module>":
        lines = [line for _, _, line in keeper.code.co_lines() if line]
        first, last = min(lines), max(lines)
    for line in sorted(_filling(keeper.file, len(linecache.getlines(keeper.file))).get(keeper.name, ())):
        if first <= line <= last:
            text = linecache.getline(keeper.file, line).strip()
            return Site(keeper.file, line, keeper.code.co_name if keeper.code else "", text, text)
    return None


def line_that_collects(frame: FrameType | None) -> Site | None:
    """Return the line of a comprehension round the running calls, as in `[step(batch) for batch in batches]`."""
    for _ in range(_FRAMES):
        frame = user_frame(frame)
        if frame is None:
            return None
        file, line = frame.f_code.co_filename, frame.f_lineno
        if frame.f_code.co_name == "<listcomp>" or line in _comprehensions(file, len(linecache.getlines(file))):
            text = linecache.getline(file, line).strip()
            return Site(file, line, frame.f_code.co_name, text, text)
        frame = frame.f_back
    return None


def _referrers(thing: Any) -> list[Any]:
    return [each for each in gc.get_referrers(thing) if type(each) in _CONTAINERS]


def _named_containers(frame: FrameType | None) -> Iterator[tuple[int, Keeper]]:
    """Yield, by id, what the running functions call their containers, the innermost function last."""
    found: list[list[tuple[int, Keeper]]] = []
    for _ in range(_FRAMES):
        frame = user_frame(frame)
        if frame is None:
            break
        code = frame.f_code
        file = code.co_filename
        found.append([*_named(frame.f_globals, None, file), *_named(locals_of(frame), code, file)])
        frame = frame.f_back
    for each in reversed(found):
        yield from each


def _named(variables: dict[str, Any], code: CodeType | None, file: str) -> Iterator[tuple[int, Keeper]]:
    for name, value in list(variables.items()):
        if type(value) in _CONTAINERS:
            yield id(value), Keeper(name, code, file)
        else:
            yield from _attributes(value, file, 2)


def _attributes(owner: Any, file: str, depth: int) -> Iterator[tuple[int, Keeper]]:
    stored = _own(owner)
    if not stored or isinstance(owner, ModuleType):
        return
    file = _file_of(type(owner)) or file
    for name, value in list(stored.items()):
        if type(value) in _CONTAINERS:
            yield id(value), Keeper(f".{name}", None, file)
        elif depth > 1:
            yield from _attributes(value, file, depth - 1)


def _own(owner: Any) -> dict[str, Any]:
    """Return the instance's own attributes, without a `__getattr__` of the user's."""
    try:
        stored = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        return {}
    return stored if type(stored) is dict and not isinstance(owner, (type, Tensor)) else {}


def _file_of(kind: type) -> str:
    """Return the file in which a class is written; "" where it has no methods."""
    codes = (getattr(member, "__code__", None) for member in vars(kind).values())
    return next((code.co_filename for code in codes if code is not None), "")


@lru_cache(maxsize=32)
def _filling(file: str, _length: int) -> dict[str, set[int]]:
    """Return the lines of a file that fill each container: by its name, and by ".attribute" for attributes."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return {}
    found: dict[str, set[int]] = {}
    for node in ast.walk(tree):
        for target in _filled(node):
            name = f".{target.attr}" if isinstance(target, ast.Attribute) else getattr(target, "id", "")
            found.setdefault(name, set()).add(node.lineno)  # type: ignore[attr-defined]
    return found


@lru_cache(maxsize=32)
def _comprehensions(file: str, _length: int) -> set[int]:
    """Return the lines on which a list is made by a comprehension."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return set()
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ListComp)]
    return {line for node in found for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def _filled(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _STORING:
        yield _below_items(node.func.value)
    elif isinstance(node, ast.AugAssign):
        yield node.target
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                yield _below_items(target)
            elif isinstance(node.value, ast.BinOp) and ast.dump(node.value.left) == _read(target):
                yield target


def _read(target: ast.expr) -> str:
    """`losses = losses + [loss]`: what is read on the right is written on the left."""
    return ast.dump(target).replace("Store()", "Load()")


def _below_items(node: ast.expr) -> ast.expr:
    """`history["loss"]` fills `history`."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node
