"""`Alias`: a name in the user's code that sees the memory which an operation wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from torch import Tensor, nn
from torch.optim import Optimizer

from retorch.errors import UsageError
from retorch.memory import MemoryMap, map_memory, name_members

_HOLDERS = (Tensor, np.ndarray, nn.Module, Optimizer)
# Enough for a batch or a list of parameters; a data set in a list is not walked.
_MOST_ITEMS = 1000
_MOST_CANDIDATES = 1000
_MOST_ALIASES = 16


@dataclass(frozen=True, slots=True)
class Alias:
    """A name that sees the memory of a tensor that was written.

    Attributes:
        name: as the user would write it: `x`, `model.0.weight`, `batch["x"]`.
        type_name: of the object, such as "Tensor" or "ndarray".
        overlaps: whether it sees an element of what was handed to the write; None where that is too hard to decide.
    """

    name: str
    type_name: str
    overlaps: bool | None


def find_aliases(tensor: Tensor, names: Mapping[str, Any]) -> tuple[Alias, ...]:
    """Return the names among some variables that see the storage of a tensor, 16 at most. Reads no value."""
    members = name_members(memory_holders(names))
    candidates = islice(((name, member) for name, member in members if _may_share(tensor, member)), _MOST_CANDIDATES)
    memory = map_memory({"": tensor, **dict(candidates)})
    others = next(group for group in memory.groups if "" in group)[1 : 1 + _MOST_ALIASES]
    return tuple(Alias(name, memory.members[name].type_name, _overlaps(memory, name)) for name in others)


def memory_holders(names: Mapping[str, Any]) -> dict[str, Any]:
    """Return those variables that are tensors, arrays, modules or optimizers, or short containers with such in them."""
    return {name: value for name, value in names.items() if _holds_memory(value)}


def _holds_memory(value: Any) -> bool:
    return any(_is_holder(item) for item in _items(value))


def _is_holder(value: Any) -> bool:
    # Not `isinstance`: that asks the object too, and a user's object may answer with an error.
    if issubclass(type(value), (nn.Module, Optimizer)):
        return next(name_members({"": value}), None) is not None
    return issubclass(type(value), _HOLDERS)


def _items(value: Any) -> list[Any]:
    """Return a value, or what is in it where it is a container; nothing where that is too much to look through."""
    found, waiting = [], [value]
    while waiting:
        inside = waiting.pop()
        if type(inside) not in (dict, list, tuple):
            found.append(inside)
        elif len(found) + len(waiting) + len(inside) <= _MOST_ITEMS:
            waiting += inside.values() if type(inside) is dict else inside
        else:
            return []
    return found


def _may_share(tensor: Tensor, member: Any) -> bool:
    """Leave out in a fraction of a microsecond what certainly lies elsewhere: another storage of torch's own memory."""
    try:
        ours, theirs = tensor.untyped_storage(), member.untyped_storage()
    except (AttributeError, RuntimeError):
        return True
    return bool(ours._cdata == theirs._cdata) or not (ours.resizable() and theirs.resizable())  # noqa: SLF001


def _overlaps(memory: MemoryMap, name: str) -> bool | None:
    try:
        return memory.overlaps("", name)
    except UsageError:
        return None
