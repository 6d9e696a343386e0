"""Which leaves a backward pass will reach, read off the graph behind its roots."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor

# The node that writes into `.grad` of a leaf.
AccumulateGrad: Any = torch._C._functions.AccumulateGrad  # type: ignore[attr-defined]  # noqa: SLF001 - no other name

# The derivative of these is zero everywhere: what lies behind them gets a gradient of zeros.
_FLAT = frozenset(
    f"{name}Backward{number}"
    for name in ("Round", "Floor", "Ceil", "Trunc", "Sign", "Bernoulli", "Heaviside", "FloorDivide")
    for number in range(3)
)


class Leaves(NamedTuple):
    """The leaves behind some roots.

    Attributes:
        reached: those that get a gradient.
        flat: those that get nothing but zeros, for the way to them leads through a rounding or a sign.
    """

    reached: list[Tensor]
    flat: list[Tensor]


def leaves_behind(roots: Iterable[Tensor]) -> Leaves:
    """Walk the graph from some tensors to its leaves; it must not have been freed. Keeps nothing of it."""
    given = [(root, node_of(root)) for root in roots if root.requires_grad]
    leaves = [root for root, node in given if node is None]
    nodes = [node for _, node in given if node is not None]
    steep: set[Any] = set()
    flat: list[Any] = []
    reached = leaves + _walk(nodes, steep, flat)
    behind: list[Tensor] = []
    if flat:
        behind = _walk([below for node in flat for below, _ in node.next_functions], steep, [])
    return Leaves(reached, behind)


def _walk(nodes: list[Any], seen: set[Any], flat: list[Any]) -> list[Tensor]:
    """Return the leaves behind some nodes, each once; put nodes with a derivative of zero into `flat` and stop there.

    A second walk, with nodes seen already, also passes through flat ones.
    """
    stops = not seen
    found: list[Tensor] = []
    waiting = [node for node in nodes if node is not None]
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, AccumulateGrad):
            found.append(node.variable)
        elif stops and node.name() in _FLAT:
            flat.append(node)
        else:
            waiting.extend(below for below, _ in node.next_functions if below is not None)
    return found


def is_flat(result: Tensor) -> bool:
    """Tell whether the last operation behind a tensor has a derivative of zero everywhere."""
    node = node_of(result)
    return node is not None and node.name() in _FLAT


def node_of(tensor: Tensor) -> Any:
    """Return the last node of the graph behind a tensor; None for a leaf, and where torch refuses to tell."""
    try:
        return tensor.grad_fn
    except RuntimeError:  # a view made under no_grad whose base was written since
        return None
