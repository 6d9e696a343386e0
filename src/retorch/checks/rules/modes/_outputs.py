"""The tensors of an output, whatever a model wraps them in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any

from torch import Tensor

_DEEPEST = 3


def tensors_of(output: Any, depth: int = 0) -> Iterator[Tensor]:
    """Yield the tensors in a tensor, a list, a tuple, a mapping, or an object that is a mere record of them."""
    if isinstance(output, Tensor):
        yield output
    elif depth < _DEEPEST:
        for each in _parts(output):
            yield from tensors_of(each, depth + 1)


def _parts(output: Any) -> list[Any]:
    if isinstance(output, Mapping):
        return list(output.values())
    if isinstance(output, (list, tuple)):
        return list(output)
    return list(vars(output).values()) if is_dataclass(output) and hasattr(output, "__dict__") else []
