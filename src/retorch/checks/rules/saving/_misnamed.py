"""Why the names in a state are not those of a module: a prefix, or a dictionary round it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from torch import Tensor, nn

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]


def shapes_of(module: nn.Module) -> Shapes:
    """Return the names that a module's state has, with their shapes."""
    return _shapes(module.state_dict())


def explain(own: Shapes, state: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return what is wrong with the names of a state and how to load it; None where some are right, or nobody knows."""
    if not own or any(name in own for name in state):
        return None
    return _renamed(own, state) or _nested(own, state)


def _renamed(own: Shapes, state: Mapping[str, Any]) -> tuple[str, str] | None:
    """Find a prefix that makes the names fit: one too many in the state, or one too few."""
    given = _shapes(state)
    first = next(iter(own))
    for name in given:
        if name.endswith(f".{first}"):
            prefix = name.removesuffix(first)
            if _fits(own, {each.removeprefix(prefix): shape for each, shape in given.items()}):
                return (
                    f"{name!r} is {first!r} with {prefix!r} before it",
                    f"state = {{name.removeprefix({prefix!r}): value for name, value in state.items()}}",
                )
        if first.endswith(f".{name}"):
            prefix = first.removesuffix(name)
            if _fits({each.removeprefix(prefix): shape for each, shape in own.items()}, given):
                return (
                    f"{first!r} is {name!r} with {prefix!r} before it",
                    f"model.{prefix.removesuffix('.')}.load_state_dict(state)",
                )
    return None


def _nested(own: Shapes, state: Mapping[str, Any]) -> tuple[str, str] | None:
    """Find the weights one level deeper: the state is a whole checkpoint."""
    for key, value in state.items():
        if isinstance(value, Mapping) and own.keys() & value.keys():
            return f"they are one level deeper, under {key!r}", f"model.load_state_dict(checkpoint[{key!r}])"
    return None


def _fits(own: Shapes, given: Shapes) -> bool:
    """Tell whether most of the names and shapes are the same."""
    return sum(given.get(name) == shape for name, shape in own.items()) > len(own) / 2


def _shapes(state: Mapping[str, Any]) -> Shapes:
    return {name: tuple(value.shape) for name, value in state.items() if isinstance(value, Tensor)}
