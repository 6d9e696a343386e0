"""`sharing`: who shares memory with whom, and who really overlaps."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from retorch.errors import UsageError
from retorch.inspection._sharing_card import sharing_card
from retorch.inspection._sharing_data import sharing_data
from retorch.inspection._sharing_strips import draw_groups
from retorch.inspection._undisturbed import outside_of_compile
from retorch.memory import MemoryMap, Placed, map_memory
from retorch.pictures import write_svg


@outside_of_compile
def sharing(named: Mapping[str, Any] | None = None, /, **more: Any) -> SharingMap:
    """Find out which named tensors lie in the same memory, and which really have an element in common.

    Args:
        named: names and things as a mapping, for names that are no identifiers.
        more: names and things. A thing is a tensor, a NumPy array, a storage, a `memoryview` or other buffer, an
            object with `__dlpack__`; a module (parameters, their gradients, buffers), an optimizer (parameters and
            state); or dictionaries, lists, tuples and dataclasses of them, such as a batch or a `state_dict()`.

    Returns:
        The map. It holds numbers only: nothing that was given is kept alive, read, copied or changed. Copies that are
        put off until somebody writes (lazy clones) count as copies. One file that is mapped into memory twice looks
        like two blocks.

    Raises:
        UsageError: nothing was given, or something in which there is no tensor, array or buffer.

    >>> import torch
    >>> x = torch.arange(6.0)
    >>> array = x.numpy()
    >>> memory = sharing(x=x, even=x[::2], odd=array[::-2], copy=x.clone())
    >>> [sorted(group) for group in memory.groups]
    [['even', 'odd', 'x'], ['copy']]
    >>> memory.overlaps("even", "x"), memory.overlaps("even", "odd")
    (True, False)
    >>> memory.common_bytes("x", "odd")
    12
    """
    return SharingMap(map_memory(_together(named, more)))


class SharingMap:
    """Who shares memory with whom. `print` shows it, a notebook draws it.

    *Shares* means on the same block of memory; *overlaps* means with an element in common. A block is a stretch of
    memory as known from storages and buffers that overlap.
    """

    def __init__(self, memory: MemoryMap) -> None:
        self._memory = memory

    @property
    def groups(self) -> tuple[frozenset[str], ...]:
        """The partition of all names by block of memory, in the order of first naming; single names are sets of one."""
        return tuple(map(frozenset, self._memory.groups))

    @property
    def shared(self) -> tuple[frozenset[str], ...]:
        """The groups with more than one name."""
        return tuple(group for group in self.groups if len(group) > 1)

    @property
    def members(self) -> Mapping[str, Placed]:
        """For each name where it lies, in the order of naming."""
        return self._memory.members

    def overlaps(self, left: str, right: str) -> bool:
        """Tell whether two names have an element in common; between different dtypes, a byte. Exact.

        A name that was given for a module, an optimizer or a container stands for all that is in it.

        Raises:
            UsageError: a name is not in the map, its memory cannot be asked for, or the strides of both interleave in
                so many ways that they cannot be tried.
        """
        return self._memory.overlaps(left, right)

    def common_bytes(self, left: str, right: str) -> int | None:
        """Count the bytes that two names have in common, each once. Exact; None where there are too many to count.

        Raises:
            UsageError: a name is not in the map, or its memory cannot be asked for.
        """
        return self._memory.common_bytes(left, right)

    def to_svg(self) -> str:
        """Draw it: for each block a strip of memory, each name's elements coloured on it.

        At most 12 groups, the largest shared ones first.
        """
        return draw_groups(self._memory, title="who shares memory")

    def svg(self, path: str | os.PathLike[str]) -> None:
        """Write the drawing into an .svg file.

        Raises:
            UsageError: the file does not end in .svg, or its folder is not there.
        """
        write_svg(self.to_svg(), path)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as numbers, words, lists and dictionaries, ready for JSON."""
        return sharing_data(self._memory)

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def __str__(self) -> str:
        return sharing_card(self._memory)

    def __repr__(self) -> str:
        return f"<SharingMap: {len(self.members)} names in {len(self._memory.groups)} groups>"


def _together(named: Any, more: Mapping[str, Any]) -> dict[str, Any]:
    if named is not None and not isinstance(named, Mapping):
        raise UsageError(f"sharing needs a name for each thing: sharing(x=...), not a {type(named).__qualname__} alone")
    together = dict(named or {})
    for name in together:
        if not isinstance(name, str):
            raise UsageError(f"a name must be a string, not {type(name).__qualname__}; name it: sharing(batch=...)")
        if name in more:
            raise UsageError(f"{name} is given twice, in the mapping and by keyword; give one of them another name")
    together |= more
    if not together:
        raise UsageError("sharing needs something to look at: sharing(x=x, y=y)")
    return together
