"""`memory_page`: texts and drawings as one page that opens from disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from retorch.errors import UsageError
from retorch.pictures._words import printable

# Nothing is fetched from anywhere, and nothing on the page runs.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<h1>{title}</h1>
"""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a page: a heading, then a text, then a drawing, each left out where it is "".

    Attributes:
        heading: one line.
        text: lines of a card or a terminal drawing, shown as they are in a fixed-width font.
        svg: a drawing, as `draw_memory` and `draw_grid` return it.
    """

    heading: str
    text: str = ""
    svg: str = ""


def memory_page(title: str, sections: Sequence[Section]) -> str:
    """Put texts and drawings on one HTML page, complete in itself: no script, and nothing is loaded from elsewhere.

    It follows the light or dark scheme of the reader's system, fits a phone, and prints.

    Args:
        title: names the page and heads it.
        sections: its parts, in this order. Headings and texts may hold any characters.

    Raises:
        UsageError: what a section gives as a drawing is no SVG.

    >>> page = memory_page("x", [Section("Where it lies", "1 < 2")])
    >>> "1 &lt; 2" in page
    True
    """
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    head = _HEAD.format(policy=escape(_POLICY), title=_escaped(title), style=style)
    return head + "".join(_section(section) for section in sections) + "</body>\n</html>\n"


def _section(section: Section) -> str:
    if section.svg and not section.svg.startswith("<svg"):
        raise UsageError(
            f"the drawing of section {section.heading!r} begins with {section.svg[:20]!r}, not with <svg; "
            "give it what draw_memory or draw_grid returns, and other words as text="
        )
    # What scrolls sideways can be reached with the keyboard.
    parts = [
        f"<h2>{_escaped(section.heading)}</h2>\n" if section.heading else "",
        f'<pre tabindex="0">{_text(section.text)}</pre>\n' if section.text else "",
        f'<figure tabindex="0">{section.svg}</figure>\n' if section.svg else "",
    ]
    return f"<section>\n{''.join(parts)}</section>\n"


def _text(text: str) -> str:
    return "\n".join(_escaped(line) for line in text.expandtabs().split("\n"))


def _escaped(words: str) -> str:
    return escape(printable(words))
