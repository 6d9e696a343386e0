"""Which line made a node of the autograd graph, kept on the node itself, and walking the graph from a loss.

What is kept dies with the graph: torch gives each node a dict of its own for such remarks (`grad_fn.metadata`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from retorch.lines import Site

_MADE, _WALKED = "retorch.made", "retorch.walked"
_NODES_WALKED = 100_000
_FREED = "backward through the graph a second time"


class Made(NamedTuple):
    """The call that made a node.

    Attributes:
        site: the line.
        operation: the function, such as "exp" or "linear".
        since: torch counts nodes as they are made, a thread; those from this number on were made inside the call.
    """

    site: Site
    operation: str
    since: int


def node_count() -> int:
    """Return the number that the next node of this thread will get."""
    # torch's own profiler pairs forward and backward by it.
    return int(torch._C._autograd._get_sequence_nr())  # noqa: SLF001


def remark(result: Tensor, made: Made) -> None:
    """Remember which call made the newest node behind a tensor that has one."""
    node: Any = result.grad_fn
    # A result that was handed on, as by `contiguous()`, has the node of an earlier call.
    if node is not None and node._sequence_nr() >= made.since:  # noqa: SLF001
        node.metadata[_MADE] = made


def made_by(tensor: Tensor) -> Made | None:
    """Return the call that made the newest node behind a tensor, where it is known."""
    try:
        node: Any = tensor.grad_fn
    except RuntimeError:  # one of several views whose base was written to: torch refuses to tell
        return None
    return None if node is None else node.metadata.get(_MADE)


def remark_walk(roots: list[Tensor], site: Site) -> None:
    """Remember on each node behind some tensors that a backward has walked there and freed what it had saved."""
    waiting: list[Any] = [root.grad_fn for root in roots]
    seen = 0
    while waiting and seen < _NODES_WALKED:
        node, seen = waiting.pop(), seen + 1
        # Leaves have nothing to free and live on. Behind a node that was walked before, all were.
        if node is None or not node.next_functions or _WALKED in node.metadata:
            continue
        node.metadata[_WALKED] = site
        waiting += [below for below, _ in node.next_functions]


def walked_at(root: Tensor) -> Site | None:
    """Return the backward that has walked the graph of a tensor before and freed it; None where none has."""
    node: Any = root.grad_fn
    return None if node is None else node.metadata.get(_WALKED)


@dataclass(frozen=True, slots=True)
class Saved:
    """A value that a node saved for its backward.

    Attributes:
        node: the node's name, "MulBackward0".
        made: the call that made the node, where it is known.
        value: the tensor as it is now. Valid as long as the graph.
    """

    node: str
    made: Made | None
    value: Tensor


def find_modified(roots: list[Tensor], message: str, version: int) -> Saved | None:
    """Find the node whose saved value a message "modified by an inplace operation" is about.

    Args:
        roots: where the backward began.
        message: the whole message.
        version: the one that the value has now, as the message says.
    """
    found = [
        (node._sequence_nr(), Saved(node.name(), made, value))  # noqa: SLF001
        for node, made in _nodes(roots)
        for name, raws in _raw_saved(node)
        if (value := _only_suspect(raws, message, version)) is not None and _refusal(node, name, raws) == message
    ]
    # Several nodes can have saved one value. Backward runs them from the youngest, so that one has failed.
    return max(found, key=lambda one: one[0])[1] if found else None


def _only_suspect(raws: Sequence[Any], message: str, version: int) -> Tensor | None:
    """Return the value that a message can be about; None where several of a list can, for torch does not say which."""
    values = [value for raw in raws if (value := _data(raw)) is not None]
    suspects = [one for one in values if one._version == version and f" {list(one.shape)}]" in message]  # noqa: SLF001
    return suspects[0] if len(suspects) == 1 else None


def find_freed(roots: list[Tensor]) -> tuple[Made | None, Site] | None:
    """Find the node at which a backward met values that an earlier one had freed: what made it, what freed it."""
    found = [
        (node._sequence_nr(), (made, node.metadata[_WALKED]))  # noqa: SLF001
        for node, made in _nodes(roots)
        # Those that this backward has freed on its way to the failure are not remarked.
        if _WALKED in node.metadata and _is_freed(node)
    ]
    return max(found, key=lambda one: one[0])[1] if found else None


def _is_freed(node: Any) -> bool:
    return any(
        any(_data(raw) is None for raw in raws) and _FREED in _refusal(node, name, raws)
        for name, raws in _raw_saved(node)
    )


def _nodes(roots: list[Tensor]) -> Iterator[tuple[Any, Made | None]]:
    """Yield each node once, nearest to the roots first, with the call that made it."""
    waiting: deque[tuple[Any, Made | None]] = deque((root.grad_fn, None) for root in roots if root.grad_fn is not None)
    # Wrappers of nodes are made on the fly: the set keeps them, so that one node stays one object.
    seen = {node for node, _ in waiting}
    while waiting and len(seen) < _NODES_WALKED:
        node, outer = waiting.popleft()
        made = node.metadata.get(_MADE) or _if_inside(outer, node)
        yield node, made
        for below, _ in node.next_functions:
            if below is not None and below not in seen:
                seen.add(below)
                waiting.append((below, made))


def _if_inside(outer: Made | None, node: Any) -> Made | None:
    """Return the call round a node that has no remark of its own: a composite function makes several."""
    return outer if outer is not None and outer.since <= node._sequence_nr() < _LEAVES else None  # noqa: SLF001


_LEAVES = 2**63  # the nodes that add up the gradients of leaves have the largest number of all


def _raw_saved(node: Any) -> Iterator[tuple[str, Sequence[Any]]]:
    """Yield what a node has saved, by attribute; a custom function has all in one, and an index its tensors."""
    for name in _names_of_saved(type(node)):
        try:
            raw = getattr(node, name)
        except RuntimeError:  # a list of them that was freed
            continue
        yield name, raw if isinstance(raw, (tuple, list)) else (raw,)


def _names_of_saved(kind: type) -> list[str]:
    return [name for name in dir(kind) if name.startswith("_raw_saved_")]


def _data(raw: Any) -> Tensor | None:
    value = getattr(raw, "data", None)
    return value if isinstance(value, Tensor) else None


def _refusal(node: Any, name: str, raws: Sequence[Any]) -> str:
    """Return the error of reading saved values, "" where there is none. A value behind hooks is left alone."""
    if any(getattr(raw, "unpack_hook", None) is not None for raw in raws):
        return ""
    try:
        # The values of a custom function have another door than those of torch's own nodes.
        node.saved_tensors if name == "_raw_saved_tensors" else getattr(node, name.replace("_raw", "", 1))
    except RuntimeError as error:
        return str(error)
    return ""
