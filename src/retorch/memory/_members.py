"""Walk what a user has under a few names down to the tensors, arrays and buffers in it, each with a name of its own."""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

# Tensors, arrays, storages, whatever gives its bytes away (the buffer protocol), and objects with `__dlpack__` or
# `__array_interface__`: the last three have no common type.
Member: TypeAlias = Any

_MEMBERS = (Tensor, np.ndarray, torch.UntypedStorage, torch.TypedStorage, memoryview, bytearray, bytes)
# NumPy's scalars know `__array_interface__` too, but their memory is nobody's business.
_PLAIN = (str, int, float, complex, type(None), np.generic, type)


def name_members(named: Mapping[str, Any]) -> Iterator[tuple[str, Member]]:
    """Find the tensors, arrays and buffers in named objects.

    Args:
        named: for each name a tensor, array, storage, buffer or DLPack object; a module (its parameters, their
            gradients, its buffers), an optimizer (its parameters and its state); or dictionaries, lists, tuples,
            deques and dataclasses of all these, nested at will.

    Yields:
        Pairs of a name and the live object itself, in the order of the containers. Names read like Python:
        `batch["x"]`, `batch[0]`, `model.0.weight`, `model.0.weight.grad`, `optimizer.state[model.0.weight].exp_avg`.
        One object under two names comes twice (tied parameters); a container inside itself is walked once. What holds
        no tensor yields nothing, and what raises on being looked at is passed over.

    >>> [name for name, _ in name_members({"batch": {"x": torch.ones(2), "more": [torch.ones(1), "text"]}})]
    ['batch["x"]', 'batch["more"][0]']
    >>> [name for name, _ in name_members({"model": nn.Sequential(nn.Linear(2, 1))})]
    ['model.0.weight', 'model.0.bias']
    """
    known = name_parameters(named)
    for name, value in named.items():
        yield from walk_members(name, value, known)


def name_parameters(named: Mapping[str, Any]) -> dict[int, str]:
    """Return the first name of each parameter of the modules given, by `id`, so that an optimizer can name them."""
    known: dict[int, str] = {}
    for name, value in named.items():
        if isinstance(value, nn.Module):
            for path, member in walk_members(name, value, {}):
                known.setdefault(id(member), path)
    return known


def walk_members(name: str, value: Any, known: Mapping[int, str]) -> Iterator[tuple[str, Member]]:
    """Find the members of one named object; `known` is what `name_parameters` returned."""
    branches: list[Iterator[tuple[str, Any]]] = [iter([(name, value)])]
    # The containers between the root and here: one that comes again is a cycle. Kept, so that no `id` is used twice.
    path: list[tuple[int, Any]] = [(0, None)]
    open_ids = {0}
    while branches:
        child = _next(branches[-1])
        if child is None:
            branches.pop()
            open_ids.discard(path.pop()[0])
        elif is_member(child[1]):
            yield child
        elif id(child[1]) not in open_ids:
            branches.append(_children(*child, known))
            path.append((id(child[1]), child[1]))
            open_ids.add(id(child[1]))


def is_member(value: Any) -> bool:
    """Tell whether a value is itself a tensor, an array, a storage or a buffer."""
    if isinstance(value, _MEMBERS):
        return True
    if isinstance(value, (*_PLAIN, nn.Module, Optimizer, list, tuple, dict)):
        return False
    return offers(value, "__dlpack__") or offers(value, "__array_interface__") or _is_buffer(value)


def offers(value: Any, attribute: str) -> bool:
    """Tell whether an object has an attribute, without running code of its class."""
    # A `__getattr__` may raise, or have an answer to every name.
    return inspect.getattr_static(value, attribute, None) is not None


def _is_buffer(value: Any) -> bool:
    try:
        memoryview(value).release()
    except (TypeError, ValueError, BufferError):
        return False
    return True


def _next(items: Iterator[tuple[str, Any]]) -> tuple[str, Any] | None:
    try:
        return next(items, None)
    except Exception:  # noqa: BLE001 - a user's container may raise anything while it is walked
        return None


def _children(name: str, value: Any, known: Mapping[int, str]) -> Iterator[tuple[str, Any]]:
    # A generator even where it hands on another: nothing of the user's runs, and may raise, before `_next`.
    if isinstance(value, nn.Module):
        yield from _of_module(name, value)
    elif isinstance(value, Optimizer):
        yield from _of_optimizer(name, value, known)
    elif isinstance(value, Mapping):
        yield from ((f"{name}{_key(key, place)}", item) for place, (key, item) in enumerate(value.items()))
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        yield from ((f"{name}.{field}", item) for field, item in zip(value._fields, value, strict=False))
    elif isinstance(value, (list, tuple, deque)):
        yield from ((f"{name}[{place}]", item) for place, item in enumerate(value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from _of_dataclass(name, value)


def _of_module(name: str, module: nn.Module) -> Iterator[tuple[str, Any]]:
    # The tables themselves: `named_parameters` leaves tied ones out, or walks a module inside itself for ever.
    inner = module._modules.get("_orig_mod")  # noqa: SLF001 - what torch.compile wraps; names as without it
    if inner is not None:
        yield name, inner
        return
    for path, parameter in module._parameters.items():  # noqa: SLF001
        yield f"{name}.{path}", parameter
        if parameter is not None and parameter.is_leaf:  # torch warns when a tensor that is no leaf is asked
            yield f"{name}.{path}.grad", parameter.grad
    for table in (module._buffers, module._modules):  # noqa: SLF001
        yield from ((f"{name}.{path}", child) for path, child in table.items())


def _of_optimizer(name: str, optimizer: Optimizer, known: Mapping[int, str]) -> Iterator[tuple[str, Any]]:
    """Parameters are called as their module calls them, else as the optimizer does, else by torch's number for them."""
    labels: dict[int, str] = {}
    for number, group in enumerate(optimizer.param_groups):
        given = group.get("param_names", ())
        for place, parameter in enumerate(group["params"]):
            own = json.dumps(given[place]) if place < len(given) else str(len(labels))
            labels[id(parameter)] = label = known.get(id(parameter), own)
            yield f"{name}.params[{label}]", parameter
        for key, value in group.items():
            if key != "params":
                yield f"{name}.param_groups[{number}]{_key(key, 0)}", value
    for place, (owner, state) in enumerate(optimizer.state.items()):
        path = f"{name}.state[{labels[id(owner)]}]" if id(owner) in labels else f"{name}.state{_key(owner, place)}"
        if isinstance(state, Mapping):
            yield from ((f"{path}.{key}", value) for key, value in state.items())
        else:
            yield path, state


def _of_dataclass(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    for field in dataclasses.fields(value):
        with suppress(Exception):  # a field without a value, or a property that raises
            yield f"{name}.{field.name}", getattr(value, field.name)


def _key(key: Any, place: int) -> str:
    """Write a key as Python would; one whose text could be anything is called by its place."""
    if isinstance(key, str):
        return f"[{json.dumps(key, ensure_ascii=False)}]"
    if isinstance(key, (int, float, bytes, type(None))):
        return f"[{key!r}]"
    return f"[{type(key).__name__} {place}]"
