"""`table`: a collection as a text that fits a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from retorch.inspection._words import counted_bytes, described, terminal_width
from retorch.tensors import TensorFacts

if TYPE_CHECKING:
    from retorch.inspection._collection import Collection

_MOST_ROWS = 60
_GAP = "  "


def table(collection: Collection, width: int | None = None) -> str:
    """Write one line for each name, of large collections the first sixty, and the totals."""
    columns = terminal_width() if width is None else width
    aliases = _aliases(collection)
    cells = [[name, *_cells(facts), aliases.get(name, "")] for name, facts in collection.facts.items()][:_MOST_ROWS]
    used = [column for column in range(len(cells[0])) if any(row[column] for row in cells)]
    widths = [max(len(row[column]) for row in cells) for column in used]
    lines = [_line([row[column] for column in used], widths, columns) for row in cells]
    if len(collection) > _MOST_ROWS:
        lines.append(f"and {len(collection) - _MOST_ROWS:,} more")
    return "\n".join([*lines, *textwrap.wrap(_totals(collection), columns, break_on_hyphens=False)])


def _cells(facts: TensorFacts) -> list[str]:
    device = "" if facts.device is None or facts.device.type == "cpu" else str(facts.device)
    needs_grad = "grad" if facts.autograd is not None and facts.autograd.requires_grad else ""
    return [described(facts), device, layout_word(facts), needs_grad]


def layout_word(facts: TensorFacts) -> str:
    """Say in a word how the elements lie; the kind where strides do not say it.

    "permuted" fills a block in another order, "expanded" repeats elements, "gaps" leaves some out.
    """
    if facts.layout is None:
        return facts.torch_layout if facts.kind == "sparse" else facts.kind
    if facts.memory_formats:
        return "contiguous" if "contiguous" in facts.memory_formats else facts.memory_formats[0]
    if facts.dimension_order is not None:
        return "permuted"
    return "expanded" if facts.overlaps_itself else "gaps"


def _aliases(collection: Collection) -> dict[str, str]:
    shared = {name: f"shares with {first}" for name, first in collection.shares_with.items()}
    return shared | {name: f"is {origin}" for name, origin in collection.tied.items()}


def _line(cells: list[str], widths: list[int], columns: int) -> str:
    line = _GAP.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
    if len(line) <= columns:
        return line
    # A long name keeps its end, where the names of parameters differ.
    spare = max(columns - (len(line) - len(cells[0].ljust(widths[0]))), 12)
    name = cells[0] if len(cells[0]) <= spare else "…" + cells[0][1 - spare :]
    rest = _GAP.join(cell.ljust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)).rstrip()
    return f"{name.ljust(spare)}{_GAP}{rest}"[:columns]


def _totals(collection: Collection) -> str:
    count = len(collection)
    tied = f", {len(collection.tied):,} of them twice" if collection.tied else ""
    return (
        f"{count:,} name{'' if count == 1 else 's'}{tied}: {counted_bytes(collection.bytes_seen)} seen, "
        f"{counted_bytes(collection.bytes_kept_alive)} of storage kept alive, each counted once"
    )
