"""Finding random objects of a user's own inside a data set: no key reaches them."""

from __future__ import annotations

import functools
import random
import types
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import torch

_KINDS: dict[type, str] = {
    np.random.Generator: "NumPy Generator",
    np.random.RandomState: "NumPy RandomState",
    torch.Generator: "torch.Generator",
    random.Random: "random.Random",
}
_GLOBAL = (torch.default_generator, np.random.mtrand._rand, getattr(random, "_inst", None))  # noqa: SLF001 - the objects behind the global streams
_LEAVES = (torch.Tensor, np.ndarray, str, bytes, int, float, complex, type, types.ModuleType)
_DEPTH = 5
_OBJECTS = 2_000
_ITEMS = 32


def find_generators(root: object) -> list[tuple[str, object]]:
    """Return the random objects that are reachable from an object, each with a path such as `transform.rng`.

    It looks at attributes, short containers, wrapped functions and what functions refer to, a few levels deep;
    never at samples. The generators behind the global streams do not count: those are keyed.
    """
    found: list[tuple[str, object]] = []
    seen = {id(root)}
    waiting: deque[tuple[str, object, int]] = deque([("", root, 0)])
    while waiting and len(seen) < _OBJECTS:
        path, value, depth = waiting.popleft()
        for name, part in _parts(value):
            if id(part) in seen or any(part is known for known in _GLOBAL):
                continue
            seen.add(id(part))
            where = f"{path}{name}" if name.startswith("[") or not path else f"{path}.{name}"
            if kind_of(part):
                found.append((where, part))
            elif depth < _DEPTH and not isinstance(part, _LEAVES):
                waiting.append((where, part, depth + 1))
    return found


def kind_of(value: object) -> str | None:
    """Return what a random object is called, None for anything else."""
    return next((name for kind, name in _KINDS.items() if isinstance(value, kind)), None)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"[{name!r}]", part) for name, part in islice(value.items(), _ITEMS))
    elif isinstance(value, list | tuple | set | frozenset):
        yield from ((f"[{number}]", part) for number, part in enumerate(islice(value, _ITEMS)))
    elif isinstance(value, functools.partial):
        yield from (("func", value.func), ("args", value.args), ("keywords", value.keywords))
    elif isinstance(value, types.MethodType):
        yield from (("__self__", value.__self__), *_named_by(value.__func__))
    elif isinstance(value, types.FunctionType):
        yield from _named_by(value)
    else:
        yield from getattr(value, "__dict__", {}).items()
        yield from _used_by_methods(type(value))


def _named_by(function: Any) -> Iterator[tuple[str, Any]]:
    """Give the variables that a function uses from around it: module-level ones only if they are random objects."""
    code = getattr(function, "__code__", None)
    if code is None:
        return
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=False):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not bound yet
            continue
    for name in code.co_names:
        part = function.__globals__.get(name)
        if kind_of(part):
            yield name, part


def _used_by_methods(kind: type) -> Iterator[tuple[str, Any]]:
    for method in ("__getitem__", "__getitems__", "__iter__", "__call__", "forward"):
        function = getattr(kind, method, None)
        if isinstance(function, types.FunctionType):
            yield from _named_by(function)
