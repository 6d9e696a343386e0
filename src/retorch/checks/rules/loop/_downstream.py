"""Whether one part of a network is applied to what another part gives, read off the graph behind a loss."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from torch import Tensor

from retorch.checks._leaves import AccumulateGrad, node_of

_LATER, _EARLIER = 1, 2


def is_downstream(roots: Iterable[Tensor], later: Collection[int], earlier: Collection[int]) -> bool:
    """Tell whether weights are applied to the output of others, and never the other way round.

    Args:
        roots: losses, whose graph is not freed yet.
        later: ids of the weights that are applied.
        earlier: ids of the weights whose output they are applied to.
    """
    behind: dict[Any, int] = {}  # whose weights lie behind a node
    bare: dict[Any, int] = {}  # whose weight a node hands on as it is, transposed or cast
    is_applied = is_applied_the_other_way = False
    for node in _from_the_leaves_up(roots):
        if isinstance(node, AccumulateGrad):
            number = id(node.variable)
            behind[node] = bare[node] = _LATER * (number in later) | _EARLIER * (number in earlier)
            continue
        below = [each for each, _ in node.next_functions if each is not None]
        behind[node] = _union(behind[each] for each in below)
        bare[node] = bare[below[0]] if len(node.next_functions) == len(below) == 1 else 0
        weights = _union(bare[each] for each in below)
        outputs = _union(behind[each] for each in below if not bare[each])
        is_applied |= bool(weights & _LATER and outputs & _EARLIER)
        is_applied_the_other_way |= bool(weights & _EARLIER and outputs & _LATER)
    return is_applied and not is_applied_the_other_way


def _from_the_leaves_up(roots: Iterable[Tensor]) -> Iterator[Any]:
    """Yield each node of a graph once, after all on which it stands."""
    waiting = [(node, False) for node in map(node_of, roots) if node is not None]
    seen: set[Any] = set()
    while waiting:
        node, is_ready = waiting.pop()
        if is_ready:
            yield node
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting.extend((below, False) for below, _ in node.next_functions if below is not None)


def _union(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found
