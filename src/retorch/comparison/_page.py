"""`comparison_page`: what a comparison found, as one HTML page that opens from disk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import takewhile
from typing import Any

import jinja2
from markupsafe import Markup, escape

import retorch
from retorch.comparison._difference import Comparison, First, Line
from retorch.comparison._pairs import configurations, environments, runs
from retorch.comparison._phrases import (
    GIVES,
    counted,
    extent,
    is_compared,
    numbers,
    operation,
    place,
    printable,
    verdict,
)
from retorch.comparison._strip import Bar, bars
from retorch.comparison._tree import tree

_SIGNS = {"equal": "=", "different": "≠", "unknown": "·"}
_MANY = 60
"""A model of more modules is shown without those that are equal, until the reader asks for them."""

_STATES = {"equal": "equal", "different": "different", "unknown": "not seen"}


@dataclass(frozen=True, slots=True)
class Strip:
    """The steps of the runs on one line.

    Attributes:
        bars: what is drawn.
        steps: how many steps it stands for.
        mark: where the first difference is, from 0 to 100; None where there is none in a step.
    """

    bars: list[Bar]
    steps: int
    mark: float | None


@dataclass(frozen=True, slots=True)
class Source:
    """A line of source; `differing` is the stretch of it that the other run has otherwise.

    Attributes:
        whose: "A", "B" or "A and B".
        place: its file and line.
        before, differing, behind: the text of the line in three pieces.
    """

    whose: str
    place: str
    before: str
    differing: str = ""
    behind: str = ""


def comparison_page(comparison: Comparison) -> str:
    """Put all that was found on one HTML page, complete in itself: no script, and nothing is loaded from elsewhere.

    It follows the light or dark scheme of the reader's system, fits a phone, prints, and can be used by keyboard.
    """
    difference = comparison.difference
    first = difference.first if difference else None
    return _template().render(
        agrees=difference is None and is_compared(comparison),
        comparison=comparison,
        configurations=configurations(comparison),
        difference=difference,
        environments=environments(comparison),
        only_differing=len(comparison.modules) > _MANY,
        place=list(_facts(first)) if first else [],
        runs=runs(comparison.a, comparison.b),
        sources=list(_sources(first)) if first else [],
        strip=_strip(comparison),
        style=Markup(files(__package__).joinpath("assets/page.css").read_text("utf-8")),  # noqa: S704 - our own file
        tree=tree(comparison.modules),
        verdict=printable(verdict(comparison)),
        version=retorch.__version__,
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_shown
    )
    environment.filters |= {"breakable": _breakable, "counted": counted}
    environment.globals |= {"GIVES": GIVES, "SIGNS": _SIGNS, "STATES": _STATES}
    return environment.from_string(files(__package__).joinpath("assets/page.html.jinja").read_text("utf-8"))


def _shown(value: Any) -> Any:
    """Let no control character of a user's text onto the page; what is markup already was made of clean text."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else printable(value)


def _breakable(text: str) -> Markup:
    """Let a long name break behind its dots, slashes and underscores, where a reader would break it."""
    return Markup("<wbr>").join(escape(piece) for piece in re.split(r"(?<=[./_])(?=.)", printable(text)))


def _facts(first: First) -> Iterator[tuple[str, str]]:
    if first.phase != "start":
        yield "step", numbers(first)
    yield "phase", first.phase + (f": {first.detail}" if first.detail else "")
    for name, fact in (("module", first.module), ("operation", operation(first)), ("tensor", first.tensor)):
        if fact:
            yield name, fact
    if first.size is not None:
        yield "size", extent(first.size)
    if not first.exact:
        yield "certainty", "seen in the record only; the difference may have arisen a little earlier"


def _sources(first: First) -> Iterator[Source]:
    a, b = first.a, first.b
    if a is not None and a == b:
        yield Source("A and B", place(a), printable(a.text))
    elif a is not None and b is not None:
        yield _marked("A", a, b)
        yield _marked("B", b, a)
    else:
        yield from (Source(whose, place(line), printable(line.text)) for whose, line in (("A", a), ("B", b)) if line)


def _marked(whose: str, line: Line, other: Line) -> Source:
    text, beside = printable(line.text), printable(other.text)
    front = _alike(text, beside)
    back = _alike(text[front:][::-1], beside[front:][::-1])
    if 2 * (front + back) < len(text):  # another line altogether
        return Source(whose, place(line), text)
    end = len(text) - back
    return Source(whose, place(line), text[:front], text[front:end], text[end:])


def _alike(text: str, other: str) -> int:
    """Count the signs at the beginning that are the same in both."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, other, strict=False)))


def _strip(comparison: Comparison) -> Strip:
    steps = sum(length for _, length, _ in comparison.strip)
    difference = comparison.difference
    mark = None
    if difference is not None and difference.first.phase != "start" and steps:
        mark = min(max(round(100 * (difference.first.step - comparison.strip[0][0]) / steps, 2), 0.0), 100.0)
    return Strip(bars(comparison.strip), steps, mark)
