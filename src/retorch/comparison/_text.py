"""`describe`: what a comparison found, as plain text to be read in ten seconds."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from retorch.comparison._difference import Comparison, Difference, First, Line, Side, Unlike
from retorch.comparison._phrases import (
    GIVES,
    counted,
    extent,
    first_unequal,
    is_compared,
    numbers,
    operation,
    parting,
    place,
    printable,
    sentence,
    verdict,
)
from retorch.replay import Cause, Experiment

_WIDTH = 88
_MOST_UNLIKE = 5
_MOST_NOTES = 8
_MOST_OF_A_VALUE = 32
_LEAST_OF_WORDS = 28


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the text.

    Attributes:
        heading: one line; the verdict is that of the first section.
        lines: what stands below it, indented.
    """

    heading: str
    lines: tuple[str, ...] = ()


def describe(comparison: Comparison) -> str:
    """Return what was found as plain text: the verdict first, then place, causes, experiments, environments, notes."""
    return _joined(sections(comparison))


def describe_difference(difference: Difference) -> str:
    """Return a difference as plain text: the verdict first, then place, causes, experiments."""
    place_of_it = Section(parting(difference.first), tuple(_rows(_place_facts(difference))))
    return _joined([place_of_it, *_reasons(difference)])


def sections(comparison: Comparison) -> Iterator[Section]:
    """Yield the parts of the text in order; those that have nothing to say are left out."""
    difference = comparison.difference
    yield Section(verdict(comparison), tuple(_rows(_facts(comparison))))
    if difference is not None:
        yield from _reasons(difference)
    yield from _environments(comparison)
    if comparison.notes:
        yield Section("What is not seen here" if difference is not None else "Notes", tuple(_notes(comparison.notes)))


def _joined(parts: Iterable[Section]) -> str:
    return "\n\n".join("\n".join([part.heading, *part.lines]) for part in parts)


def _reasons(difference: Difference) -> Iterator[Section]:
    yield from _causes(difference.causes)
    yield from _experiments(difference.experiments)


def _facts(comparison: Comparison) -> Iterator[tuple[str, str]]:
    if comparison.difference is not None:
        yield from _place_facts(comparison.difference)
        yield from _module_facts(comparison)
    yield "A", _side(comparison.a)
    yield "B", _side(comparison.b)


def _place_facts(difference: Difference) -> Iterator[tuple[str, str]]:
    first = difference.first
    if first.phase != "start":
        yield "when", numbers(first)
    if told := operation(first):
        yield "operation", told
    yield from _lines(first)
    if first.tensor:
        yield "tensor", printable(first.tensor)
    if first.size is not None:
        yield "size", extent(first.size)


def _lines(first: First) -> Iterator[tuple[str, str]]:
    if first.a is not None and first.a == first.b:
        yield "line", _line(first.a)
        return
    for letter, line in (("A", first.a), ("B", first.b)):
        if line is not None:
            yield f"line in {letter}", _line(line)


def _line(line: Line) -> str:
    return place(line) + (f"  {printable(line.text)}" if line.text else "")


def _module_facts(comparison: Comparison) -> Iterator[tuple[str, str]]:
    seen = [equal for _, _, equal in comparison.modules if equal is not None]
    first = first_unequal(comparison.modules)
    if first is not None:
        yield "modules", f"{seen.count(False):,} of {len(seen):,} gave another output, {printable(first)} first"
    elif seen:
        yield "modules", f"the outputs of all {counted(len(seen), 'module')} are equal"


def _side(side: Side) -> str:
    return printable(f"{side.path}: {counted(side.steps, 'step')}, recorded {side.level}, seed {side.seed}")


def _causes(causes: Sequence[Cause]) -> Iterator[Section]:
    proven = [cause for cause in causes if cause.proven]
    likely = [cause for cause in causes if not cause.proven]
    if proven:
        yield Section("The cause, proven" if len(proven) == 1 else "The causes, proven", tuple(_messages(proven)))
    if likely:
        yield Section("Likely, not proven", tuple(_messages(likely)))
    if not causes:
        yield Section("No cause is known.")


def _messages(causes: Iterable[Cause]) -> Iterator[str]:
    for cause in causes:
        said = sentence(cause.message)
        setting = printable(cause.setting)
        yield from _wrapped(said if said.startswith(setting) else f"{setting}: {said}", "  ", "    ")


def _experiments(experiments: Sequence[Experiment]) -> Iterator[Section]:
    if experiments:
        rows = [(one.setting, one.value, GIVES[one.gives], one.message) for one in experiments]
        heading = "Experiments: the operation again, one setting changed at a time"
        yield Section(heading, tuple(_table([("setting", "value", "gives the bits of", ""), *rows])))


def _environments(comparison: Comparison) -> Iterator[Section]:
    unlike = comparison.unlike
    if not unlike:
        return
    heading = f"The environments differ in {counted(len(unlike), 'fact')}"
    if comparison.difference is None and is_compared(comparison):
        heading += ", and no bit came of it"
    rest = len(unlike) - _MOST_UNLIKE
    rows = [("", "A", "B", ""), *map(_unlike, unlike[:_MOST_UNLIKE])]
    more = [f"  and {rest:,} more, less likely to change bits; --html and --json list them"] if rest > 0 else []
    yield Section(heading, (*_table(rows), *more))


def _unlike(fact: Unlike) -> tuple[str, str, str, str]:
    why = f"{fact.likelihood}: {fact.why}" if fact.why else fact.likelihood
    return fact.name, _value(fact.a), _value(fact.b), why


def _value(value: str | None) -> str:
    if value is None:
        return "-"
    value = " ".join(value.split())
    return value if len(value) <= _MOST_OF_A_VALUE else f"{value[: _MOST_OF_A_VALUE - 1]}…"


def _notes(notes: Sequence[str]) -> Iterator[str]:
    for note in notes[:_MOST_NOTES]:
        yield from _wrapped(sentence(note), "  - ", "    ")
    if len(notes) > _MOST_NOTES:
        yield f"  - and {len(notes) - _MOST_NOTES:,} more; --html and --json list them"


def _rows(facts: Iterable[tuple[str, str]]) -> list[str]:
    facts = list(facts)
    width = max((len(name) for name, _ in facts), default=0)
    return [f"  {name.ljust(width)}  {fact}" for name, fact in facts]


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Align columns. The last one is words: they wrap in their column, or below the row where that is too narrow."""
    clean = [tuple(printable(cell) for cell in row) for row in rows]
    widths = [max(_columns(row[column]) for row in clean) for column in range(len(clean[0]) - 1)]
    behind = 2 + sum(width + 2 for width in widths)
    for *cells, words in clean:
        padded = [cell + " " * (width - _columns(cell)) for cell, width in zip(cells, widths, strict=True)]
        row = "  " + "  ".join(padded)
        if behind + _LEAST_OF_WORDS <= _WIDTH and words:
            yield from _wrapped(words, f"{row}  ", " " * behind)
        else:
            yield row.rstrip()
            yield from _wrapped(words, "      ", "      ")


def _wrapped(text: str, indent: str, further: str) -> list[str]:
    # A path or a name that is longer than the line stays whole, to be copied.
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )


def _columns(text: str) -> int:
    """Count the columns of a terminal that a text takes."""
    wide = (2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text if not unicodedata.combining(sign))
    return len(text) if text.isascii() else sum(wide)
