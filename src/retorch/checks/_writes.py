"""How often a tensor was written in place, and which gradient a parameter has; autograd counts both."""

from __future__ import annotations

from typing import TypeAlias

from torch import Tensor

Mark: TypeAlias = tuple[int, int] | None


def version(tensor: Tensor) -> int:
    """Return how often a tensor was written; -1 for an inference tensor, which does not count."""
    return -1 if tensor.is_inference() else tensor._version  # noqa: SLF001 - no public way to see writes


def mark_of(parameter: Tensor) -> Mark:
    """Return which object a gradient is, and in which version; None where there is none."""
    gradient = parameter.grad if parameter.is_leaf else None
    return None if gradient is None else (id(gradient), gradient._version)  # noqa: SLF001 - counts writes in place
