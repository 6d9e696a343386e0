"""`memory_lines`: strips of memory as lines for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retorch.pictures._bar import Bar
from retorch.pictures._cover import Intervals, taken
from retorch.pictures._excerpt import excerpt
from retorch.pictures._memory import Lane, Strip
from retorch.pictures._words import columns, fitted, padded, printable

_NARROWEST = 40
_LONGEST_NAME, _SHORTEST_BAR = 24, 24
_AFTER_NAME, _AFTER_BAR = 2, 3

# How a column of a bar is drawn of which no byte is taken, some are, all are.
_BLOCKS, _ASCII, _OVERLAP = "·▒█", ".+#", " ^^"
_CUT = "..."


def memory_lines(
    strips: Sequence[Strip],
    *,
    width: int = 80,
    ascii: bool = False,  # noqa: A002 - the word for it, as in `ascii()` itself
) -> list[str]:
    r"""Draw strips of memory for a terminal: a line for each name, without escape codes.

    A full block stands for bytes that are all taken, a grey one for bytes of which some are; `^` marks bytes that lie
    in several names. At most fifty names are shown, and what is left out is counted.

    Args:
        strips: what lies where, in bytes; each is scaled by itself.
        width: columns of the terminal, 40 at least; only a title can be longer.
        ascii: draw with `#`, `+` and `.`, for terminals and logs that know nothing else.

    >>> x, y = Lane("x", "float32 [4]", ((0, 16),), 4), Lane("y", "float32 []", ((4, 8),), 4)
    >>> print("\n".join(memory_lines([Strip("16 bytes", 16, (x, y))], ascii=True)))
    16 bytes
             0       8     16
    x        ################   float32 [4]
    y        ....####........   float32 []
    overlap      ^^^^           4 bytes in several names
    """
    chosen = excerpt(strips)
    lines: list[str] = []
    for strip, count in chosen.strips:
        rows = _rows(strip, count, _ASCII if ascii else _BLOCKS)
        lines += ([""] if lines else []) + _strip_lines(strip, rows, max(width, _NARROWEST))
        lines += [f"and {len(strip.lanes) - count:,} more"] if count < len(strip.lanes) else []
    return [*lines, chosen.rest] if chosen.rest else lines


@dataclass(frozen=True, slots=True)
class _Row:
    """What stands on a line: a name, the bytes of its bar and the signs they are drawn with, a note."""

    name: str
    note: str
    intervals: Intervals
    signs: str


def _rows(strip: Strip, count: int, signs: str) -> list[_Row]:
    rows = [_lane_row(lane, signs) for lane in strip.lanes[:count]]
    both = taken(strip.lanes, by_at_least=2)
    size = sum(end - begin for begin, end in both)
    return [*rows, _Row("overlap", f"{size:,} bytes in several names", both, _OVERLAP)] if both else rows


def _lane_row(lane: Lane, signs: str) -> _Row:
    facts = (lane.note, "" if lane.intervals else "no elements", "" if lane.exact else "small gaps filled")
    note = printable(", ".join(filter(None, facts)))
    return _Row(fitted(lane.name, _LONGEST_NAME, gap=_CUT), note, lane.intervals, signs)


def _strip_lines(strip: Strip, rows: Sequence[_Row], width: int) -> list[str]:
    """Put notes behind the bars where a bar keeps enough room, else below them."""
    names = max((columns(row.name) for row in rows), default=0) + _AFTER_NAME
    notes = max((columns(row.note) for row in rows), default=0)
    beside = _AFTER_BAR + notes if notes else 0
    behind = width - names - beside >= _SHORTEST_BAR
    bar = Bar.of(strip, width - names - (beside if behind else 0))
    lines = [printable(strip.title)] + ([" " * names + bar.scale()] if strip.span else [])
    for row in rows:
        drawn = padded(row.name, names) + bar.draw(row.intervals, row.signs)
        if behind:
            lines.append((drawn + " " * _AFTER_BAR + row.note).rstrip())
        else:
            lines += [drawn.rstrip(), *([" " * names + fitted(row.note, width - names, gap=_CUT)] if row.note else [])]
    return lines
