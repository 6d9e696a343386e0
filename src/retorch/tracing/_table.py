"""A trace as a few lines for a terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence

from retorch.tracing._aliases import Alias
from retorch.tracing._entries import Copy, Move, Movement, Write

_MOST_ROWS = 8
_MOST_NAMES = 4
_WIDEST = 120
_UNITS = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


def table(copies: Sequence[Copy], writes: Sequence[Write], moves: Sequence[Move], notes: Sequence[str]) -> str:
    """Say what was found: for each kind a total, and the largest entries with place and reason, two lines each."""
    width = min(shutil.get_terminal_size((100, 24)).columns, _WIDEST)
    sections = (("copied", "copies", copies), ("written in place", "writes", writes), ("moved", "moves", moves))
    lines = [line for title, name, entries in sections for line in _section(title, name, entries)]
    return "\n".join(_cut(line, width) for line in (*lines, *(f"note: {note}" for note in notes)))


def _section(title: str, name: str, entries: Sequence[Movement]) -> Iterator[str]:
    if not entries:
        yield f"{title}: nothing"
        return
    yield f"{title}: {_bytes(_total(entries))}, {_times(sum(entry.count for entry in entries))}"
    shown, rest = entries[:_MOST_ROWS], entries[_MOST_ROWS:]
    places = max(len(entry.place) for entry in shown)
    for entry in shown:
        yield f"{_bytes(entry.bytes):>10} {entry.count:>6,}x  {entry.place:<{places}}  {entry.expression}".rstrip()
        yield f"{'':21}{entry.operation}, {_tensor(entry)}: {_story(entry)}"
    if rest:
        yield f"{_bytes(_total(rest)):>10} more, in {len(rest):,} smaller ones: trace.{name} has them all"


def _story(entry: Movement) -> str:
    if isinstance(entry, Copy):
        return entry.why
    if isinstance(entry, Write):
        bound = ", at most so much, as a mask decides" if entry.at_most else ""
        when = " the first time" if entry.aliases and entry.count > 1 else ""
        return _seen_by(entry.aliases) + when + bound
    assert isinstance(entry, Move)
    waited = "the host waited" if entry.waited else "the host did not wait"
    into = f", {_seen_by(entry.aliases)}" if entry.aliases else ""
    return f"from {entry.source} to {entry.target}, {waited}{into}"


def _seen_by(aliases: Sequence[Alias]) -> str:
    if not aliases:
        return "seen by no variable here"
    names = [alias.name + _role(alias) for alias in aliases[:_MOST_NAMES]]
    rest = len(aliases) - len(names)
    return "seen by " + ", ".join([*names, *([f"{rest} more"] if rest else [])])


def _role(alias: Alias) -> str:
    kind = "a NumPy array" if alias.type_name == "ndarray" else ""
    elements = "other elements" if alias.overlaps is False else ""
    said = ", ".join(filter(None, (kind, elements)))
    return f" ({said})" if said else ""


def _tensor(entry: Movement) -> str:
    if entry.shape is None:
        return f"{entry.dtype}, nested" if entry.dtype else "other shapes"
    one = f"{entry.dtype} [{', '.join(map(str, entry.shape))}]"
    return one if entry.tensors == 1 else f"{entry.tensors} tensors, the first {one}"


def _total(entries: Sequence[Movement]) -> int:
    return sum(entry.bytes for entry in entries)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _bytes(count: int) -> str:
    return next((f"{count / size:.1f} {unit}" for size, unit in _UNITS if count >= size), f"{count} B")


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 3] + "..."
