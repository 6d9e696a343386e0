"""`plain`: facts as dictionaries, lists, numbers and strings."""

from __future__ import annotations

import dataclasses
from typing import Any

from retorch.tensors import TensorFacts

_DERIVED = (
    "contiguity",
    "memory_formats",
    "dimension_order",
    "overlaps_itself",
    "bytes_kept_alive",
)


def plain(facts: TensorFacts) -> dict[str, Any]:
    """Return the facts, and what follows from the layout, ready for JSON."""
    given = {field.name: getattr(facts, field.name) for field in dataclasses.fields(facts)}
    data: dict[str, Any] = _plain(given | {name: getattr(facts, name) for name in _DERIVED})
    return data | {"dtype": facts.dtype_name}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    # Dtypes and devices are what is left.
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value).removeprefix("torch.")
