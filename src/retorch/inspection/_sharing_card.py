"""A map of memory as a text that fits a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from retorch.inspection._sharing_pairs import given_lines, pair_lines, pairs_of
from retorch.inspection._sharing_strips import shared_first, strips_of
from retorch.inspection._words import terminal_width
from retorch.memory import MemoryMap
from retorch.pictures import memory_lines

_GROUPS, _NAMES, _LINES = 5, 6, 8


def sharing_card(memory: MemoryMap) -> str:
    """Write the card: who shares, each block drawn with its names, who is alone. Of a large map, the largest groups."""
    shared = [group for group in shared_first(memory.groups) if len(group) > 1]
    lines = [_headline(memory, shared), *(part for line in given_lines(memory, _LINES) for part in _wrapped(line))]
    for group in shared[:_GROUPS]:
        lines += ["", *_group_lines(memory, group)]
    if len(shared) > _GROUPS:
        rest = shared[_GROUPS:]
        lines += ["", f"and {_counted(len(rest), 'more group')} of {sum(map(len, rest)):,} names"]
    lines += _alone(memory)
    return "\n".join(lines)


def _headline(memory: MemoryMap, shared: list[Sequence[str]]) -> str:
    names = _counted(len(memory.members), "name")
    if not shared:
        return f"{names}, no two on the same memory"
    together = sum(map(len, shared))
    alone = len(memory.members) - together
    rest = f", {alone:,} alone" if alone else ""
    return f"{names}: {together:,} share memory in {_counted(len(shared), 'group')}{rest}"


def _group_lines(memory: MemoryMap, group: Sequence[str]) -> Iterator[str]:
    names = group[:_NAMES]
    strips = strips_of(memory, group, _NAMES)
    if not strips:
        kind = "one object" if memory.members[names[0]].reason else "one storage of 0 bytes"
        yield from _wrapped(f"{', '.join(names)}{_more(len(group) - len(names))}: {kind}")
        return
    yield from memory_lines(strips, width=terminal_width())
    for line in pair_lines(pairs_of(memory, names), memory.common_bytes(names[0], names[0])):
        yield from _wrapped(f"  {line}")


def _alone(memory: MemoryMap) -> Iterator[str]:
    alone = [name for group in memory.groups if len(group) == 1 for name in group]
    placed = [name for name in alone if memory.members[name].reason is None]
    if placed and len(placed) < len(memory.members):
        yield ""
        yield from _wrapped(f"alone: {', '.join(placed[:_LINES])}{_more(len(placed) - _LINES)}")
    unknown = [name for name, member in memory.members.items() if member.reason is not None]
    if unknown:
        yield ""
    for name in unknown[:_LINES]:
        yield from _wrapped(f"{name}: not for this kind of object: {memory.members[name].reason}")
    if len(unknown) > _LINES:
        yield f"and {len(unknown) - _LINES:,} more of which the memory is not known"


def _more(count: int) -> str:
    return f" and {count:,} more" if count > 0 else ""


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _wrapped(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    columns = terminal_width()
    return textwrap.wrap(line, columns, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
