"""Lengths that all drawings of memory share, in pixels at the natural size, and how wide words are."""

from __future__ import annotations

from retorch.pictures._words import columns, fitted, printable

MARGIN = 16.0
WIDEST, NARROWEST = 860.0, 340.0
TITLE, TEXT, SMALL = 13.0, 12.0, 11.0

# A letter of a fixed-width font is six tenths as wide as high, in every font of the stack; others are narrower.
_LETTER = 0.6


def letters(width: float, size: float) -> int:
    """Return how many letters of that size fit."""
    return int(width / (size * _LETTER) + 0.01)


def width_of(words: str, size: float) -> float:
    """Return the pixels that words take at most."""
    return columns(printable(words)) * size * _LETTER


def cut(words: str, width: float, size: float) -> str:
    """Return words that fit into so many pixels, their middle left out where they are too long."""
    return fitted(words, letters(width, size))
