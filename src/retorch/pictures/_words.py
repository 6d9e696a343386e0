"""Words for a picture: a user's names made safe to print and cut to fit, and stretches of bytes."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def printable(text: str) -> str:
    r"""Spell out what does not print: line breaks, escape codes, lone surrogates.

    A name is the user's. It must not move a terminal's cursor, and XML has no place for most control characters.

    >>> printable("a\nb")
    'a\\nb'
    """
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def columns(text: str) -> int:
    """Count the columns that the text takes in a fixed-width font: two for a wide character, none for an accent."""
    return len(text) if text.isascii() else sum(_columns_of(sign) for sign in text)


def fitted(text: str, most: int, *, gap: str = "…") -> str:
    """Return the text made printable, its middle cut out where it takes more than `most` columns.

    The end stays, because the names of parameters differ there.

    >>> fitted("encoder.layers.0.attention.weight", 20)
    'encoder.la…on.weight'
    """
    text = printable(text)
    if columns(text) <= most:
        return text
    room = max(most - columns(gap), 0)
    front = _beginning(text, room - room // 2)
    back = _beginning(text[::-1], room // 2)[::-1]
    return front + gap + back


def padded(text: str, width: int) -> str:
    """Return the text with blanks behind it, so that it takes `width` columns."""
    return text + " " * (width - columns(text))


def stretches(intervals: Sequence[tuple[int, int]], *, most: int = 4) -> str:
    """Say which bytes the intervals hold, the first few of them.

    >>> stretches([(0, 4), (16, 20)])
    'bytes 0 to 4, 16 to 20'
    """
    if not intervals:
        return "no bytes"
    said = ", ".join(f"{begin:,} to {end:,}" for begin, end in intervals[:most])
    rest = len(intervals) - most
    return f"bytes {said}" + (f" and {rest:,} more stretches" if rest > 0 else "")


def _columns_of(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def _beginning(text: str, most: int) -> str:
    taken = 0
    for place, sign in enumerate(text):
        taken += _columns_of(sign)
        if taken > most:
            return text[:place]
    return text
