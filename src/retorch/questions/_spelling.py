"""A question as the user would write it: `view(2, -1)`, `[::2, 0]`."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

_LONGEST = 40


def spelled(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """Spell a call.

    >>> spelled("flatten", (), {"start_dim": 1})
    'flatten(start_dim=1)'
    """
    words = [_value(arg) for arg in args] + [f"{word}={_value(arg)}" for word, arg in kwargs.items()]
    return f"{name}({', '.join(words)})"


def spelled_key(key: Any) -> str:
    """Spell what stands in brackets.

    >>> spelled_key((slice(None, None, 2), 0, None))
    '[::2, 0, None]'
    """
    if isinstance(key, tuple) and key:
        return f"[{', '.join(_place(part) for part in key)}{',' if len(key) == 1 else ''}]"
    return f"[{_place(key)}]"


def operand(name: str) -> str:
    """Put brackets round an expression where a method behind it would be one of its last part only.

    >>> operand("x.t()"), operand("a + b"), operand("0.weight")
    ('x.t()', '(a + b)', '0.weight')
    """
    try:
        expression = ast.parse(name, mode="eval").body
    except (SyntaxError, ValueError):  # a name such as those of parameters
        return name
    return name if isinstance(expression, _PRIMARY) else f"({name})"


_PRIMARY = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)


def _place(part: Any) -> str:
    if isinstance(part, slice):
        step = "" if part.step is None else f":{_value(part.step)}"
        return f"{_end(part.start)}:{_end(part.stop)}{step}"
    return "..." if part is Ellipsis else _value(part)


def _end(number: Any) -> str:
    return "" if number is None else _value(number)


def _value(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"<{str(value.dtype).removeprefix('torch.')} tensor {list(value.shape)}>"
    if isinstance(value, np.ndarray):
        return f"<{value.dtype} array {list(value.shape)}>"
    text = _sequence(value) if isinstance(value, (list, tuple)) else _written(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]}...{text[-1]}"


def _sequence(values: list[Any] | tuple[Any, ...]) -> str:
    words = ", ".join(map(_value, values[:_LONGEST]))
    if isinstance(values, list):
        return f"[{words}]"
    return f"({words},)" if len(values) == 1 else f"({words})"


def _written(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - the user's object, whatever it raises
        return f"<{type(value).__name__}>"
