"""A map of memory as numbers, words, lists and dictionaries."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from retorch.inspection._sharing_pairs import pairs_of
from retorch.memory import MemoryMap, Placed

# Groups of more names have too many pairs to list; `overlaps` answers for each.
_PAIRED = 8


def sharing_data(memory: MemoryMap) -> dict[str, Any]:
    """Return the map ready for JSON. Offsets are counted in bytes from the begin of a block."""
    pairs = [pair for names in memory.groups if 1 < len(names) <= _PAIRED for pair in pairs_of(memory, names)]
    return {
        "groups": [list(group) for group in memory.groups],
        "blocks": [{"bytes": block.size} for block in memory.blocks],
        "members": {name: _member(memory, member) for name, member in memory.members.items()},
        "pairs": [asdict(pair) for pair in pairs],
    }


def _member(memory: MemoryMap, member: Placed) -> dict[str, Any]:
    pieces = [
        {
            "label": label,
            "block": block,
            "offset": span.address - memory.blocks[block].begin,
            "dtype": span.dtype,
            "device": span.device,
            "shape": list(span.shape),
            "byte_strides": list(span.byte_strides),
            "itemsize": span.itemsize,
        }
        for label, span, block in zip(member.labels, member.spans, member.blocks, strict=False)
    ]
    facts = {"given": member.given, "type": member.type_name, "bytes_seen": member.bytes_seen, "pieces": pieces}
    return facts if member.reason is None else facts | {"reason": member.reason}
