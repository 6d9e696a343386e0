"""`Inspection`: what is known about one tensor, shown as a card, drawn, or given as data."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retorch.inspection._card import card
from retorch.inspection._data import plain
from retorch.inspection._drawing import drawing
from retorch.inspection._questions import Questions
from retorch.pictures import write_svg
from retorch.tensors import TensorFacts


@dataclass(frozen=True, repr=False)
class Inspection(Questions):
    """What one tensor, array or storage is in memory. `print` shows a card, a notebook a drawing.

    It keeps no reference to what was inspected, and says how that was at the moment of asking.

    Attributes:
        facts: everything as data.
        name: what the user calls it; "" for no name.
    """

    facts: TensorFacts
    name: str = ""

    def __str__(self) -> str:
        """Return the card, as wide as the terminal and 80 columns at most, without escape codes."""
        return card(self.facts, self.name)

    __repr__ = __str__

    def to_svg(self) -> str:
        """Draw the elements and the memory they lie in."""
        return drawing(self.facts, self.name)

    def svg(self, path: str | Path) -> None:
        """Write the drawing to a file."""
        write_svg(self.to_svg(), path)

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as dictionaries, lists, numbers and strings, ready for JSON."""
        return {"name": self.name, **plain(self.facts)}

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def _repr_html_(self) -> str:
        return f"{self.to_svg()}<pre>{html.escape(str(self))}</pre>"
