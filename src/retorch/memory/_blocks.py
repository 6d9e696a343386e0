"""`find_blocks`: which buffers are one stretch of memory, by a sort and a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retorch.memory._span import Buffer


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of memory as known from storages and buffers that overlap, or are the same.

    Attributes:
        space: the address space, see `Buffer`.
        begin: the lowest address.
        end: the address behind the highest.
    """

    space: str
    begin: int
    end: int

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return self.end - self.begin


def find_blocks(buffers: Sequence[Buffer]) -> tuple[list[Block], list[int]]:
    """Join buffers that are the same, or that have a byte in common, into blocks.

    Buffers that only touch stay apart: two allocations may lie side by side.

    Returns:
        The blocks, in the order of the first buffer of each, and for each buffer the number of its block.
    """
    joined = Joined(len(buffers))
    first_of: dict[int, int] = {}
    for place, buffer in enumerate(buffers):
        joined.join(first_of.setdefault(buffer.identity, place), place)
    _join_ranges(buffers, joined)
    return _blocks(buffers, joined)


class Joined:
    """Numbers from 0 that fall into sets, all alone at first (union-find)."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def find(self, number: int) -> int:
        """Return the smallest number of the set."""
        parent = self._parent
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    def join(self, left: int, right: int) -> None:
        """Make one set of two."""
        low, high = sorted((self.find(left), self.find(right)))
        self._parent[high] = low


def _join_ranges(buffers: Sequence[Buffer], joined: Joined) -> None:
    full = [place for place, buffer in enumerate(buffers) if buffer.end > buffer.begin]
    full.sort(key=lambda place: (buffers[place].space, buffers[place].begin))
    space, reach, holder = "", 0, -1  # how far the buffers so far reach, and one that reaches there
    for place in full:
        buffer = buffers[place]
        if buffer.space == space and buffer.begin < reach:
            joined.join(holder, place)
        if buffer.space != space or buffer.end > reach:
            space, reach, holder = buffer.space, buffer.end, place


def _blocks(buffers: Sequence[Buffer], joined: Joined) -> tuple[list[Block], list[int]]:
    numbers: dict[int, int] = {}
    blocks: list[Block] = []
    place_of: list[int] = []
    for place, buffer in enumerate(buffers):
        number = numbers.setdefault(joined.find(place), len(numbers))
        place_of.append(number)
        if number == len(blocks):
            blocks.append(Block(buffer.space, buffer.begin, buffer.end))
        elif buffer.end > buffer.begin:
            blocks[number] = _around(blocks[number], buffer)
    return blocks, place_of


def _around(block: Block, buffer: Buffer) -> Block:
    if block.size == 0:
        return Block(buffer.space, buffer.begin, buffer.end)
    if block.begin <= buffer.begin and buffer.end <= block.end:
        return block
    return Block(block.space, min(block.begin, buffer.begin), max(block.end, buffer.end))
