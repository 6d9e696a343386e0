"""`find_saved`: which operations of a graph have saved the memory of a tensor for their backward.

Read off the nodes of the graph without unpacking: no hook of the user's runs (a checkpointed layer is not computed
again), no version is checked, nothing is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from torch import Tensor

Node: TypeAlias = Any  # torch.autograd.graph.Node describes it and is no base of the real ones

_RAW = "_raw_saved_"


@dataclass(frozen=True, slots=True)
class Saved:
    """A value that an operation keeps for its backward, in the memory of the tensor that was asked about.

    Attributes:
        operation: such as "exp" or "mul"; the class of a custom `autograd.Function`.
        node: torch's name for its backward, such as "ExpBackward0".
        role: what the value is to the operation: "result", "self", "other", "weight" ...
        noticed: whether the backward raises after a write. False: the value is saved by a hook, or the write counts on
            another version counter (`.data`), and the gradient is silently wrong. None: it raises unless the tensor
            came from `.data`, which cannot be seen.
        changed: it was written after it was saved, and this backward raises already; None where it was not looked.
    """

    operation: str
    node: str
    role: str
    noticed: bool | None
    changed: bool | None


def walk_graph(roots: Iterable[Node | None]) -> Iterator[Node]:
    """Yield each node that a backward from the roots can reach, once."""
    pending = [root for root in roots if root is not None]
    seen: set[int] = set()
    kept: list[Node] = []  # so that no `id` is used twice
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        kept.append(node)
        yield node
        pending.extend(before for before, _ in node.next_functions if before is not None)


@dataclass(frozen=True, slots=True)
class Found:
    """What a walk through a graph found.

    Attributes:
        saved: the values in the memory of the tensor that was asked about.
        all_seen: False where hooks keep values in a form of their own (a checkpointed layer keeps its inputs so), which
            nobody can look into without calling them.
    """

    saved: tuple[Saved, ...]
    all_seen: bool


def find_saved(tensor: Tensor, storage: int, nodes: Iterable[Node], makers: tuple[Node | None, ...]) -> Found:
    """Find what nodes have saved of a tensor's storage.

    Args:
        tensor: no inference tensor; its values are not read.
        storage: `_cdata` of its storage.
        nodes: where to look.
        makers: the nodes that made the tensor and its base: what they saved of their result counts versions with it.
    """
    saved, all_seen = [], True
    for node in nodes:
        for role, packed, several in _packed_values(node):
            value, hooked = packed.data, packed.unpack_hook is not None
            if not isinstance(value, Tensor):
                all_seen = all_seen and not hooked
            elif _storage_of(value) == storage:
                noticed = _is_noticed(tensor, value, hooked=hooked, made_it=any(node is maker for maker in makers))
                changed = None if hooked or several else _has_changed(node, role)
                saved.append(Saved(operation_name(node.name()), node.name(), role, noticed, changed))
    return Found(tuple(saved), all_seen)


def saved_values(node: Node) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors that a node has saved and that no hook keeps in another form, each with its role.

    They are the node's own, and not unpacked: no version is checked.
    """
    for role, packed, _ in _packed_values(node):
        if isinstance(packed.data, Tensor) and packed.unpack_hook is None:
            yield role, packed.data


def operation_name(node: str) -> str:
    """Turn the name of a backward node into the operation's.

    >>> operation_name("ExpBackward0"), operation_name("NativeLayerNormBackward0"), operation_name("MyCubeBackward")
    ('exp', 'native_layer_norm', 'MyCube')
    """
    forward, found, number = node.rpartition("Backward")
    if not found:
        return node.rpartition("::")[2]
    if not number:
        return forward  # a custom autograd.Function is called as its class
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", forward).lower()


_roles: WeakKeyDictionary[type, tuple[str, ...]] = WeakKeyDictionary()


def _packed_values(node: Node) -> Iterator[tuple[str, Any, bool]]:
    for name in _names_of(type(node)):
        try:
            packed = getattr(node, name)
        except RuntimeError:  # freed by a backward
            continue
        values = packed if isinstance(packed, (tuple, list)) else (packed,)
        for value in values:
            yield name.removeprefix(_RAW), value, len(values) > 1


def _names_of(kind: type) -> tuple[str, ...]:
    if kind not in _roles:
        _roles[kind] = tuple(name for name in dir(kind) if name.startswith(_RAW))
    return _roles[kind]


def _storage_of(tensor: Tensor) -> int | None:
    try:
        return int(tensor.untyped_storage()._cdata)  # noqa: SLF001 - data pointers are 0 for every empty tensor
    except (RuntimeError, NotImplementedError):  # sparse and other kinds without one
        return None


def _is_noticed(tensor: Tensor, value: Tensor, *, hooked: bool, made_it: bool) -> bool | None:
    if hooked or value.is_inference() or value._version != tensor._version:  # noqa: SLF001
        return False
    if made_it or value is tensor:
        return True
    # Views count with their base. What is left may come from detach(), which shares the counter, or .data, which does
    # not; torch does not tell them apart.
    return True if _root(value) is _root(tensor) else None


def _root(tensor: Tensor) -> Tensor:
    base = tensor._base  # noqa: SLF001
    return tensor if base is None else base


def _has_changed(node: Node, role: str) -> bool | None:
    """Unpack one value that no hook guards: torch compares versions then."""
    try:
        getattr(node, "saved_tensors" if role == "tensors" else f"_saved_{role}")
    except RuntimeError as error:
        return "modified by an inplace operation" in str(error)
    except AttributeError:
        return None
    return False
