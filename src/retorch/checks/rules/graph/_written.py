"""How a user writes the operation at which values leave the graph: `.item()`, `>`, `np.asarray(...)`."""

from __future__ import annotations

import re

from retorch.checks.rules.graph._cuts import NO_GRAD, Cut

_ATTRIBUTES = frozenset({"data", "T", "mT", "H", "mH", "real", "imag"})
_SIGNS = {
    "gt": ">", "ge": ">=", "lt": "<", "le": "<=", "eq": "==", "ne": "!=", "floor_divide": "//", "floordiv": "//",
    "and": "&", "or": "|", "xor": "^", "invert": "~",
}  # fmt: skip
_CALLS = {"__float__": "float", "__int__": "int", "__bool__": "bool", "__index__": "int", "__round__": "round"}
_BY_NUMPY = re.compile(r"\b(?:np|numpy)\.\w+(?=\()")
# What only takes values out of the graph; in the place of the others something with a gradient can stand.
_DETACHING = frozenset({
    "__array__", "__float__", "__int__", "as_tensor", "asarray", "data", "detach", "detach_", "item", "nn.Parameter",
    "numpy", "tensor", "tolist",
})  # fmt: skip


def written(cut: Cut) -> str:
    """Return the operation in code form, as the line has it where it can be told."""
    return f"`{_source(cut.operation, cut.site.text)}`"


def is_unrecorded(cut: Cut) -> bool:
    """Tell whether gradients were switched off, so that there is no operation to name."""
    return cut.operation == NO_GRAD


def only_detaches(cut: Cut) -> bool:
    """Tell whether the operation does nothing but leave the graph."""
    return cut.operation in _DETACHING


def _source(name: str, text: str) -> str:
    plain = name.strip("_")
    if plain in _SIGNS and not re.search(rf"\b{plain}\(", text):
        return _SIGNS[plain]
    if name in _ATTRIBUTES:
        return f".{name}"
    if name == "__array__":
        found = _BY_NUMPY.search(text)
        return f"{found[0] if found else 'np.asarray'}(...)"
    if name in _CALLS:
        return f"{_CALLS[name]}(...)"
    called = re.search(rf"\b((?:torch|F|nn\.functional|nn|torch\.nn\.functional)\.)?{re.escape(name)}\(", text)
    if called and called[1]:
        return f"{called[0]}...)"
    if name in ("tensor", "as_tensor", "asarray"):
        return f"torch.{name}(...)"
    return f"{name}(...)" if "." in name else f".{name}()"
