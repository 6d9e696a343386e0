"""`outside_of_compile`: functions that look at real tensors, also when called in code that `torch.compile` compiles."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import torch

_P = ParamSpec("_P")
_R = TypeVar("_R")


def outside_of_compile(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Make a compiled function break its graph at a call of `function`, and run it as it is.

    What `torch.compiler.disable` does, put off until a process compiles: it loads the compiler, which takes a second.
    """

    @functools.wraps(function)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        if "torch._dynamo" in sys.modules:
            return _disabled(function)(*args, **kwargs)
        return function(*args, **kwargs)

    return run


_known: dict[Callable[..., Any], Callable[..., Any]] = {}


def _disabled(function: Callable[_P, _R]) -> Callable[_P, _R]:
    if function not in _known:
        _known[function] = torch.compiler.disable(function)
    return _known[function]
