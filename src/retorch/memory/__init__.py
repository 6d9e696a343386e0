"""Where things lie: layouts, spans of bytes, blocks of memory, and which elements overlap. Reads no value.

Start at `map_memory`, which names what it is given, finds where each lies and joins what shares a block; `Layout` is
the plain description on which all of it stands.
"""

from retorch.memory._array_spans import base_of
from retorch.memory._covered import intervals
from retorch.memory._layout import Layout
from retorch.memory._map import MemoryMap, Placed, map_memory
from retorch.memory._members import is_member, name_members
from retorch.memory._parts import find_parts
from retorch.memory._self_overlap import overlaps_itself
from retorch.memory._span import Span
from retorch.memory._tensor_spans import NotForThisKind

__all__ = [
    "Layout",
    "MemoryMap",
    "NotForThisKind",
    "Placed",
    "Span",
    "base_of",
    "find_parts",
    "intervals",
    "is_member",
    "map_memory",
    "name_members",
    "overlaps_itself",
]
