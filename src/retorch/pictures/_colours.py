"""The colours of drawings of memory, on white paper and on a dark screen."""

from __future__ import annotations

# Okabe and Ito's palette, which colour-blind readers tell apart: https://jfly.uni-koeln.de/color/
LANES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

# Matplotlib's viridis without its two ends: dark at the beginning of memory, light at its end, even steps between.
RAMP = ("#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30")

LIGHT = {
    "paper": "#ffffff",
    "ink": "#222222",
    "quiet": "#666666",
    "rule": "#d9d9d9",
    "free": "#f4f4f4",
    "taken": "#c3c9d0",
    "several": "#3a3a3a",
    "stripe": "#8c8c8c",
}
DARK = {
    "paper": "#16191d",
    "ink": "#e8e8e8",
    "quiet": "#a3a9b0",
    "rule": "#3d434a",
    "free": "#24292e",
    "taken": "#5d6670",
    "several": "#f0f0f0",
    "stripe": "#8c8c8c",
}


def along_ramp(place: float) -> str:
    """Return the colour at `place`, 0 to 1, as an SVG gradient with the stops of `RAMP` has it there."""
    place = min(max(place, 0.0), 1.0) * (len(RAMP) - 1)
    left = min(int(place), len(RAMP) - 2)
    part = place - left
    pairs = zip(_channels(RAMP[left]), _channels(RAMP[left + 1]), strict=True)
    return "#" + "".join(f"{round(low + (high - low) * part):02x}" for low, high in pairs)


def ink_on(colour: str) -> str:
    """Return black or white, whichever is read better on the colour.

    Source: relative luminance, WCAG 2.2; the contrasts with black and with white are equal at 0.179.
    """
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if luminance > 0.179 else "#ffffff"


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
