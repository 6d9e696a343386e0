"""Source text of a call, and which part of it stands for which argument. Parses, never runs anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import torch
from torch import nn

UNKNOWN: Any = object()


# The same line fails again and again where a caller catches the error.
@lru_cache(maxsize=256)
def parsed(expression: str) -> ast.AST | None:
    """Parse an expression or an augmented assignment; None where Python cannot, for want of a part of it."""
    try:
        statement = ast.parse(expression).body[0]
    except (SyntaxError, ValueError, IndexError):
        return None
    return statement.value if isinstance(statement, ast.Expr) else statement


def operands(node: ast.AST, operation: str, *, is_method: bool) -> list[ast.expr]:
    """Return what stands for the arguments of `operation` in its source, in order; [] where another call stands there.

    Args:
        node: the parsed expression.
        operation: the name of the torch function that was called, such as "view" or "__float__".
        is_method: whether its first argument is what stands before the dot.
    """
    if isinstance(node, ast.Call):
        return _of_call(node, operation, is_method=is_method)
    if operation == "__bool__":
        return [] if isinstance(node, ast.BoolOp) else [node] if isinstance(node, ast.expr) else []
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.Compare) and len(node.comparators) == 1:
        return [node.left, *node.comparators]
    if isinstance(node, ast.AugAssign):
        return [node.target, node.value]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, (ast.Subscript, ast.Attribute)):
        return [node.value]
    return [node] if isinstance(node, ast.Name) else []


def _of_call(node: ast.Call, operation: str, *, is_method: bool) -> list[ast.expr]:
    given = list(_until_starred(node.args))
    if isinstance(node.func, ast.Attribute) and node.func.attr == operation:
        return [node.func.value, *given] if is_method else given
    if isinstance(node.func, ast.Name) and node.func.id == operation:
        # Of a method over several lines Python knows only the end: what stands before the dot is cut off.
        return [] if is_method else given
    # `float(x)` and `np.asarray(x)` ask their only argument for `__float__` and `__array__`.
    return given if operation.startswith("__") and len(node.args) == 1 else []


def arguments(node: ast.AST | None) -> list[ast.expr]:
    """Return what stands for the positional arguments of a call, up to the first `*`; [] where it is no call."""
    return list(_until_starred(node.args)) if isinstance(node, ast.Call) else []


def _until_starred(nodes: list[ast.expr]) -> Iterator[ast.expr]:
    for node in nodes:
        if isinstance(node, ast.Starred):
            return
        yield node


def parts_that_can_be_looked_up(node: ast.AST) -> Iterator[ast.expr]:
    """Yield variables, attributes and items inside an expression, the largest first."""
    for part in ast.walk(node):
        if isinstance(part, (ast.Name, ast.Attribute, ast.Subscript)):
            yield part


def look_up(node: ast.AST, variables: dict[str, Any]) -> Any:
    """Return what a variable, attribute, item or constant stands for, or UNKNOWN where telling would run code.

    Attributes are read from where objects, modules and `nn.Module` keep them, items from plain lists, tuples and
    dicts: neither a property nor a `__getattr__` runs.
    """
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return variables.get(node.id, UNKNOWN)
    if isinstance(node, ast.Attribute):
        return attribute(look_up(node.value, variables), node.attr)
    if isinstance(node, ast.Subscript):
        return _item(look_up(node.value, variables), look_up(node.slice, variables))
    return UNKNOWN


def attribute(owner: Any, name: str) -> Any:
    """Return an attribute as it is stored on an object, or UNKNOWN."""
    stored = attributes(owner)
    if name in stored:
        return stored[name]
    if isinstance(owner, nn.Module):
        for kind in ("_parameters", "_buffers", "_modules"):
            if name in stored.get(kind, {}):
                return stored[kind][name]
    return UNKNOWN


def attributes(owner: Any) -> dict[str, Any]:
    """Return the instance's own attributes; {} for tensors and for whatever keeps none."""
    if isinstance(owner, (torch.Tensor, type)):
        return {}
    try:
        # A `__getattr__` or a `__dict__` property of the user's is not run.
        stored = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        return {}
    return stored if type(stored) is dict else {}


def _item(owner: Any, key: Any) -> Any:
    if isinstance(owner, (nn.Sequential, nn.ModuleList)) and type(key) is int and key >= 0:
        return attribute(owner, str(key))
    # Other keys could bring a `__hash__` or `__eq__` of their own.
    if type(owner) not in (list, tuple, dict) or type(key) not in (int, str):
        return UNKNOWN
    try:
        return owner[key]
    except (KeyError, IndexError, TypeError):
        return UNKNOWN
