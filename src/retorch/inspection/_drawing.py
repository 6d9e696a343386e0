"""Turn facts into what a drawing shows: the elements as a grid, the memory as a strip."""

from __future__ import annotations

from retorch.inspection._words import described, listed
from retorch.memory import intervals
from retorch.pictures import Grid, Lane, Strip, draw_grid, draw_memory, grid_lines, memory_lines
from retorch.tensors import TensorFacts

_MOST_INTERVALS = 2000
# More cells than that tell nothing in a terminal that the strip does not tell.
_MOST_CELLS = 64


def drawing(facts: TensorFacts, name: str) -> str:
    """Draw the elements and the memory behind them as SVG; for kinds without a layout, that there is none to show."""
    title = " ".join(part for part in (name, described(facts)) if part)
    if facts.layout is None:
        return draw_memory((), title=f"{title} ({facts.kind})")
    return draw_grid(_grid(facts, title), strip_of(facts, name))


def terminal_picture(facts: TensorFacts, width: int) -> list[str]:
    """Draw the places of the elements for a terminal where they are few, else the memory; nothing where all is seen."""
    layout = facts.layout
    if layout is None or layout.numel == 0 or (layout.is_contiguous and layout.bytes_seen == facts.bytes_kept_alive):
        return []
    if layout.numel <= _MOST_CELLS:
        return grid_lines(_grid(facts, "place of each element in the storage"), width=width)
    strip = strip_of(facts, "seen", note="")
    if strip is None or strip.lanes[0].intervals == ((0, strip.size),):
        return []
    return memory_lines([strip], width=width)


def strip_of(facts: TensorFacts, name: str, note: str | None = None) -> Strip | None:
    """Return the storage with the bytes that are seen of it; None without memory. `note` stands beside the name."""
    layout, storage = facts.layout, facts.storage
    if layout is None or storage is None or not storage.size:
        return None
    stretches, exact = intervals([layout.runs()], _MOST_INTERVALS)
    where = "" if facts.device is None else f" on {facts.device}"
    words = f"{described(facts)}, strides {listed(layout.strides)}" if note is None else note
    lane = Lane(name or facts.type_name, words, stretches, layout.itemsize, exact)
    return Strip(f"storage of {storage.size:,} bytes{where}", storage.size, (lane,))


def _grid(facts: TensorFacts, title: str) -> Grid:
    assert facts.layout is not None
    return Grid(title, facts.layout.shape, facts.layout.strides, facts.layout.offset)
