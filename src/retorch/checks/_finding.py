"""`Finding`: one mistake at one line, with what was seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

Grade: TypeAlias = Literal["error", "warning", "advice"]

GRADES: tuple[Grade, ...] = ("error", "warning", "advice")


@dataclass(frozen=True, slots=True)
class Finding:
    """A silent mistake, where it stands and how it showed.

    Attributes:
        rule: the name of the mistake, such as "best-weights-follow-the-training".
        grade: "error": wrong in every correct program; "warning": almost surely a mistake, but somebody may intend it;
            "advice": costs time or memory, or is fragile.
        file: the user's file, relative to the working directory where it lies below it.
        line: from 1; 0 where it is not known.
        text: the line itself, without its indentation.
        step: how many optimizer steps were done when it was seen first.
        message: what is wrong, in one sentence.
        evidence: what was seen: names, shapes, numbers.
        remedy: what to do instead.
        count: how often it was seen.
    """

    rule: str
    grade: Grade
    file: str
    line: int
    text: str
    step: int
    message: str
    evidence: str
    remedy: str
    count: int = 1

    @property
    def place(self) -> str:
        """`file:line`."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, ready for JSON."""
        return asdict(self)
