"""`Drawing`: an SVG that is built shape by shape, and reads well on paper, in a notebook and on a dark screen."""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from retorch.pictures._colours import DARK, LIGHT, RAMP
from retorch.pictures._words import printable

_MONO = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_SANS = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', Arial, sans-serif"

Anchor = Literal["start", "middle", "end"]
Segment = tuple[float, float]

# What `stroke` says until the drawing is finished and its parts have names.
HATCH, GRADIENT = "hatch", "gradient"


class Drawing:
    """An SVG in the making. Lengths are pixels at the natural size; every word is text to it, never markup.

    A paint is a tone of the paper, such as "ink", or a colour, such as "#0072B2". Both become attributes, which every
    program reads; a style sheet, bound to this one drawing, changes the tones on dark screens. Ids come from a hash of
    the content: the same facts give the same bytes, and drawings on one page do not clash.

    Attributes:
        kinds: which kinds of bars there are so far.
        ramp: between which x the colours of `GRADIENT` run.
    """

    def __init__(self, heading: str, description: str) -> None:
        # Most words are names and numbers; naming their font once keeps large grids small.
        self._root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "font-family": _MONO})
        self._into = self._root
        self.kinds: set[str] = set()
        self.ramp: Segment = (0, 1)
        ET.SubElement(self._root, "title").text = printable(heading)
        ET.SubElement(self._root, "desc").text = "\n".join(printable(line) for line in description.split("\n"))
        self._defs = ET.SubElement(self._root, "defs")
        self._paper = ET.SubElement(self._root, "rect", {"rx": "6"} | _paint("fill", "paper"))

    @contextmanager
    def group(self, kind: str, tip: str = "") -> Iterator[None]:
        """Put what is drawn inside into a <g> of that class, with a tip that shows where the pointer rests."""
        outer = self._into
        self._into = ET.SubElement(outer, "g", {"class": kind})
        if tip:
            ET.SubElement(self._into, "title").text = printable(tip)
        try:
            yield
        finally:
            self._into = outer

    def text(
        self, x: float, y: float, words: str, *, size: float = 13, paint: str = "ink", anchor: Anchor = "start",
        bold: bool = False, mono: bool = False,
    ) -> None:  # fmt: skip
        """Write one line; (x, y) is on its baseline."""
        place = {"x": number(x), "y": number(y), "font-size": number(size), "text-anchor": anchor}
        face = ({} if mono else {"font-family": _SANS}) | ({"font-weight": "600"} if bold else {})
        # Blanks in a name are part of it; SVG would draw several as one.
        keep = {"xml:space": "preserve"} if "  " in words else {}
        ET.SubElement(self._into, "text", place | face | keep | _paint("fill", paint)).text = printable(words)

    def box(self, x: float, y: float, width: float, height: float, *, paint: str = "free", line: str = "") -> None:
        """Fill a rectangle, with a hairline of the paint `line` round it where one is given."""
        place = {"x": number(x), "y": number(y), "width": number(width), "height": number(height)}
        shape = ET.SubElement(self._into, "rect", place)
        _add(shape, _paint("fill", paint))
        if line:
            _add(shape, _paint("stroke", line))

    def bars(
        self, kind: str, segments: Iterable[Segment], y: float, height: float, paint: str, *, faint: bool = False
    ) -> None:
        """Draw all segments (left, right) of one row as a single path, a thick broken line."""
        path = _broken_line(segments, y + height / 2)
        if path:
            self.kinds.add(kind)
            shape = ET.SubElement(self._into, "path", {"class": kind, "d": path, "stroke-width": number(height)})
            _add(shape, _paint("stroke", paint) | ({"stroke-opacity": "0.5"} if faint else {}))

    def uprights(self, kind: str, places: Sequence[float], y: float, height: float, paint: str) -> None:
        """Draw a hairline down from y at each of the places."""
        if places:
            path = "".join(f"M{number(x)} {number(y)}v{number(height)}" for x in places)
            _add(ET.SubElement(self._into, "path", {"class": kind, "d": path}), _paint("stroke", paint))

    def finish(self, width: float, height: float) -> str:
        """Return the SVG, on paper of that size."""
        size = {"width": number(width), "height": number(height)}
        _add(self._paper, size)
        _add(self._root, size | {"viewBox": f"0 0 {size['width']} {size['height']}"})
        digest = hashlib.sha256(ET.tostring(self._root) + repr(self.ramp).encode()).hexdigest()[:12]
        self._name_parts(f"memory-{digest}")
        return ET.tostring(self._root, encoding="unicode")

    def _name_parts(self, name: str) -> None:
        self._root.set("id", name)
        paints = {HATCH: f"{name}-hatch", GRADIENT: f"{name}-ramp"}
        waiting = [path for path in self._root.iter("path") if path.get("stroke") in paints]
        used = {path.get("stroke") for path in waiting}
        if HATCH in used:
            _define_hatch(self._defs, paints[HATCH])
        if GRADIENT in used:
            _define_ramp(self._defs, paints[GRADIENT], self.ramp)
        for path in waiting:
            path.set("stroke", f"url(#{paints[path.attrib['stroke']]})")
        ET.SubElement(self._defs, "style").text = _sheet(name)


def number(value: float) -> str:
    """Write a length to a tenth of a pixel, as shortly as possible.

    >>> number(3.0), number(0.26), number(-0.04)
    ('3', '0.3', '0')
    """
    tenths = round(value * 10)
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths / 10:.1f}"


def _broken_line(segments: Iterable[Segment], y: float) -> str:
    """Move relatively, which takes half the letters. Each end is rounded by itself, so that errors do not add up."""
    pieces: list[str] = []
    at = 0.0
    for left, right in segments:
        begin, end = round(left, 1), round(right, 1)
        pieces.append(f"m{number(begin - at)} 0" if pieces else f"M{number(begin)} {number(y)}")
        pieces.append(f"h{number(end - begin)}")
        at = end
    return "".join(pieces)


def _paint(part: Literal["fill", "stroke"], paint: str) -> dict[str, str]:
    tone = LIGHT.get(paint)
    return {part: paint} if tone is None else {"class": f"{part[0]}-{paint}", part: tone}


def _add(shape: ET.Element, attributes: dict[str, str]) -> None:
    """Set attributes; classes add up."""
    for name, value in attributes.items():
        old = shape.get(name) if name == "class" else None
        shape.set(name, f"{old} {value}" if old else value)


def _define_hatch(defs: ET.Element, name: str) -> None:
    size = {"width": "6", "height": "6"}
    turned = {"patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    pattern = ET.SubElement(defs, "pattern", {"id": name} | size | turned)
    ET.SubElement(pattern, "rect", size | _paint("fill", "several"))
    ET.SubElement(pattern, "rect", {"width": "2", "height": "6"} | _paint("fill", "stripe"))


def _define_ramp(defs: ET.Element, name: str, between: Segment) -> None:
    ends = {"x1": number(between[0]), "x2": number(between[1]), "y1": "0", "y2": "0"}
    ramp = ET.SubElement(defs, "linearGradient", {"id": name, "gradientUnits": "userSpaceOnUse"} | ends)
    for place, colour in enumerate(RAMP):
        ET.SubElement(ramp, "stop", {"offset": f"{place / (len(RAMP) - 1):.4f}", "stop-color": colour})


def _sheet(name: str) -> str:
    """Shrink the drawing on narrow pages, and change its tones on dark screens.

    All in media rules: programs that are no browser skip these, and some of them draw nothing at a height of auto.
    """
    fills = "".join(f"#{name} .f-{tone}{{fill:{colour}}}" for tone, colour in DARK.items())
    strokes = "".join(f"#{name} .s-{tone}{{stroke:{colour}}}" for tone, colour in DARK.items())
    fit = f"#{name}{{max-width:100%;height:auto}}"
    return f"@media all{{{fit}}}@media (prefers-color-scheme:dark){{{fills}{strokes}}}"
