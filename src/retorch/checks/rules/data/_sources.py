"""Where a name or an attribute got its value: the line of the assignment, found in the source."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from functools import lru_cache
from types import FunctionType
from typing import Any

from retorch.lines import Site


def line_of_attribute(holder: Any, name: str) -> Site | None:
    """Return the line `self.name = ...` in the class of an object, the one in `__init__` first; None without source."""
    for kind in type(holder).__mro__:
        methods = [each for each in vars(kind).values() if isinstance(each, FunctionType)]
        for method in sorted(methods, key=lambda each: each.__name__ != "__init__"):
            for node in _inside(method):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr == name:
                    return _site(method, node.lineno, method.__name__)
    return None


def line_of_variable(function: Any, name: str) -> Site | None:
    """Return the line outside of every function that assigns a variable a function uses; None without source."""
    for statement in parsed(function.__code__.co_filename).body:
        for node in [] if isinstance(statement, (ast.FunctionDef, ast.ClassDef)) else ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == name:
                return _site(function, node.lineno, "<module>")
    return None


def first_line_of(function: Any) -> Site | None:
    """Return the line of the first statement of a function, or of a lambda; None for what has no source."""
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    for node in _inside(function):
        if isinstance(node, ast.FunctionDef):
            has_text = ast.get_docstring(node) is not None and len(node.body) > 1
            return _site(function, node.body[has_text].lineno, code.co_name)
    return _site(function, code.co_firstlineno, code.co_name)


def _inside(function: Any) -> Iterator[ast.AST]:
    """Yield the nodes of a function's definition, itself the first."""
    for node in ast.walk(parsed(function.__code__.co_filename)):
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            if first == function.__code__.co_firstlineno:
                yield from ast.walk(node)


@lru_cache(maxsize=16)
def parsed(file: str) -> ast.Module:
    """Return the source of a file as a tree; an empty one where it cannot be read."""
    try:
        return ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:  # a cell with magics
        return ast.Module([], [])


def _site(function: Any, line: int, inside: str) -> Site:
    file = function.__code__.co_filename
    text = linecache.getline(file, line).strip()
    return Site(file, line, inside, text, text)
