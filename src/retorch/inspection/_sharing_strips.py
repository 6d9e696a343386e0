"""Turn a map of memory into strips for a drawing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from retorch.memory import MemoryMap, intervals
from retorch.pictures import Lane, Strip, draw_memory

_MOST_INTERVALS = 2000
_DRAWN_GROUPS, _DRAWN_LANES = 12, 32


def draw_groups(memory: MemoryMap, title: str) -> str:
    """Draw the largest groups as SVG, of each the first names."""
    groups = shared_first(memory.groups)[:_DRAWN_GROUPS]
    return draw_memory([strip for group in groups for strip in strips_of(memory, group, _DRAWN_LANES)], title=title)


def shared_first(groups: Iterable[Sequence[str]]) -> list[Sequence[str]]:
    """Return the groups with most names first, otherwise in their order."""
    return sorted(groups, key=len, reverse=True)


def strips_of(memory: MemoryMap, group: Sequence[str], most_lanes: int) -> list[Strip]:
    """Return a strip for each block of a group that has any bytes; its title counts the names beyond `most_lanes`."""
    names = group[:most_lanes]
    numbers = sorted({block for name in names for block in memory.members[name].blocks})
    return [_strip(memory, number, names, len(group)) for number in numbers if memory.blocks[number].size]


def _strip(memory: MemoryMap, number: int, names: Sequence[str], count: int) -> Strip:
    block = memory.blocks[number]
    here = [name for name in names if number in memory.members[name].blocks]
    member = memory.members[here[0]]
    title = f"{block.size:,} bytes on {member.spans[member.blocks.index(number)].device}"
    if count > len(names):
        title += f", the first {len(names)} of {count:,} names"
    return Strip(title, block.size, tuple(_lane(memory, number, name) for name in here))


def _lane(memory: MemoryMap, number: int, name: str) -> Lane:
    member, begin = memory.members[name], memory.blocks[number].begin
    pieces = [runs for block, runs in memory.runs_of(name) if block == number]
    here = [place for place, block in enumerate(member.blocks) if block == number]
    span = member.spans[here[0]]
    alone = len(here) == 1
    stretches, exact = intervals(pieces, _MOST_INTERVALS)
    return Lane(
        name=name + member.labels[here[0]] if alone else name,
        note=span.describe() if alone else f"{len(here)} pieces of {span.dtype}",
        intervals=tuple((low - begin, high - begin) for low, high in stretches),
        itemsize=span.itemsize,
        exact=exact,
    )
