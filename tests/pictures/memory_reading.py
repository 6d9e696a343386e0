"""Reads the numbers back out of a drawing: which stretch of x has which colour."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg):
    return ET.fromstring(svg)


def groups(svg, kind):
    return [group for group in parsed(svg).iter(f"{SVG}g") if group.get("class") == kind]


def words(element):
    return [text.text for text in element.iter(f"{SVG}text")]


def segments(element, kind):
    """Where the bars of one kind lie: [(left, right), ...]."""
    found = []
    for path in element.iter(f"{SVG}path"):
        if kind == " ".join(name for name in path.get("class").split() if not name.startswith("s-")):
            found += _read_path(path.get("d"))
    return found


def cells(element):
    """The cells of a grid: {number: colour}, and the (x, y) of each in the order drawn."""
    boxes = [rect for rect in element.iter(f"{SVG}rect") if rect.get("stroke")]
    numbers = [text.text for text in element.iter(f"{SVG}text") if text.get("font-size") == "12"]
    places = [(float(box.get("x")), float(box.get("y"))) for box in boxes]
    return list(zip(map(int, numbers), (box.get("fill") for box in boxes), places, strict=True))


def intervals_of(places, itemsize):
    """The bytes of elements at these places of a storage, as sorted disjoint intervals."""
    found = []
    for place in sorted(set(places)):
        begin, end = place * itemsize, (place + 1) * itemsize
        if found and found[-1][1] == begin:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return tuple(found)


def places_of(shape, strides, offset):
    indices = itertools.product(*map(range, shape))
    return [offset + sum(i * stride for i, stride in zip(index, strides, strict=True)) for index in indices]


def _read_path(path):
    at, found = 0.0, []
    for kind, numbers in re.findall(r"([Mmh])([^Mmh]*)", path):
        x = float(numbers.split()[0])
        if kind == "M":
            at = x
        elif kind == "m":
            at += x
        else:
            found.append((round(at, 1), round(at + x, 1)))
            at += x
    return found
