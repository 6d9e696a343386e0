"""What a hand-written loop remembers from epoch to epoch."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retorch.errors import UsageError


class Memory(dict[str, Any]):
    """`run.state`: a dictionary whose entries are attributes too, carried by every checkpoint.

    It holds numbers, strings, tensors and containers of them.

    >>> memory = Memory()
    >>> memory.setdefault("best", 0.0)
    0.0
    >>> memory.best = 0.5
    >>> memory["best"]
    0.5
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            known = ", ".join(sorted(self)) or "nothing yet"
            raise AttributeError(
                f"run.state holds no {name!r} (it holds: {known}). "
                f"Give it a first value before the loop: run.state.setdefault({name!r}, ...)"
            ) from None

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(type(self), name):
            raise UsageError(
                f"run.state.{name} is a method of a dictionary, so an entry of that name could be written and not "
                f"read; take another name, or run.state[{name!r}]"
            )
        self[name] = value

    def __delattr__(self, name: str) -> None:
        del self[name]

    def state_dict(self) -> dict[str, Any]:
        """Return the entries; the values are shared with this memory."""
        return dict(self)

    def aliases(self, parts: Mapping[str, Any]) -> list[str]:
        """Name the entries that share memory with a tensor of a part, such as a `state_dict()` that was not copied."""
        suspects = {name: found for name, value in self.items() if (found := _storages(value))}
        if not suspects:
            return []
        live = _storages({name: part.state_dict() for name, part in parts.items() if hasattr(part, "state_dict")})
        return [name for name, storages in suspects.items() if storages & live]

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Replace all entries, and keep the objects: the loop may know a list of the memory by another name."""
        put_into(self, state_dict)


def put_into(old: Any, new: Any) -> Any:
    """Return `new`, inside the object that is `old` wherever that object can take it.

    >>> losses = [1.0]
    >>> put_into(losses, [1.0, 0.5]) is losses
    True
    """
    if isinstance(old, dict) and isinstance(new, Mapping):
        entries = {name: put_into(old.get(name), value) for name, value in new.items()}
        old.clear()
        old.update(entries)
    elif type(old) is type(new) is list:
        old[:] = [put_into(before, value) for before, value in zip_longest(old[: len(new)], new)]
    elif type(old) is type(new) is set:
        old.clear()
        old.update(new)
    elif _is_alike(old, new):
        old[...] = new
    else:
        return new
    return old


def _storages(value: Any) -> set[int]:
    """Return where in memory the tensors of a structure lie."""
    if isinstance(value, Tensor):
        # Empty tensors and those without memory of their own all lie at 0.
        return {value.untyped_storage().data_ptr()} - {0} if value.layout is torch.strided else set()
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, (list, tuple, set)):
        return set()
    return set().union(*map(_storages, value))


def _is_alike(old: Any, new: Any) -> bool:
    """Tell whether both are tensors or arrays, and one can be copied over the other."""
    if type(old) is not type(new) or not isinstance(old, (Tensor, np.ndarray)):
        return False
    same = old.shape == new.shape and old.dtype == new.dtype
    if isinstance(old, Tensor):
        return same and old.device == new.device and old.stride() == new.stride() and not old.requires_grad
    return same and old.strides == new.strides and old.flags.writeable
