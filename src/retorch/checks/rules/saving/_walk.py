"""`walk`: what lies in a checkpoint, each with the keys that lead there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor, nn

_DEEPEST = 6
_MOST_ITEMS = 20_000


def walk(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield what is no plain dictionary, list, tuple or set, in those: `('["model"]["fc.weight"]', tensor)`."""
    if depth > _DEEPEST or isinstance(value, (Tensor, nn.Module)):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inside in list(value.items())[:_MOST_ITEMS]:
            yield from walk(inside, f"{path}[{key!r}]", depth + 1)
    elif type(value) in (list, tuple, set, frozenset):
        for place, inside in enumerate(list(value)[:_MOST_ITEMS]):
            yield from walk(inside, f"{path}[{place}]", depth + 1)
    else:
        yield path, value
