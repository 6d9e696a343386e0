"""`EachStep`: what happens again and again at one line, step after step."""

from __future__ import annotations

from dataclasses import dataclass, field

from retorch.lines import Site


@dataclass
class Line:
    """What was seen at a line.

    Attributes:
        site: it.
        steps: the steps in which it was seen, by the number of those before.
        amount: all that was seen, in what its rule counts.
        is_told: whether it was reported.
    """

    site: Site
    steps: set[int] = field(default_factory=set)
    amount: int = 0
    is_told: bool = False

    @property
    def in_a_step(self) -> int:
        return self.amount // max(len(self.steps), 1)


class EachStep:
    """Lines of a training loop, and in how many of its steps something happened there.

    Once is no habit: a line that logs each hundredth step is seen in one of the first steps.
    """

    def __init__(self) -> None:
        self._lines: dict[tuple[str, int, str], Line] = {}

    def note(self, site: Site, step: int, amount: int = 1, what: str = "") -> Line:
        """Note that something happened at a line in a step."""
        line = self._lines.setdefault((site.file, site.line, what), Line(site))
        line.steps.add(step)
        line.amount += amount
        return line
