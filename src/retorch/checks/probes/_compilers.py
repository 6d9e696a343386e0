"""What compilers have noted of functions that are wrapped now, or no longer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from torch.jit import _builtins


def forget_functions() -> None:
    """Have torch.compile look torch's functions up again: it has noted each by its name, and knows no other object."""
    rules = sys.modules.get("torch._dynamo.trace_rules")
    calls = sys.modules.get("torch._dynamo.variables.torch")
    for clear in (
        getattr(rules, "clear_lru_cache", None),
        getattr(getattr(calls, "TorchInGraphFunctionVariable", None), "_get_handlers", None),
    ):
        if clear is not None:
            getattr(clear, "cache_clear", clear)()


def script_as(wrapper: Callable[..., Any], name: str) -> Callable[[], object]:
    """Have torch.jit.script take a wrapper for a function of torch: it knows these by their ids.

    Returns:
        The way back.
    """
    table: dict[int, str] = _builtins._get_builtin_table()  # noqa: SLF001 - no public way
    table[id(wrapper)] = name
    return lambda: table.pop(id(wrapper), None)
