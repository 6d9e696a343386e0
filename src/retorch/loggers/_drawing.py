"""What the bar and the lines look like: facts in, text out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from rich.text import Text

GAP = "  "
NARROWEST_BAR, WIDEST_BAR = 6, 30
VALIDATION = "validation."


@dataclass(frozen=True)
class Moment:
    """All that the live bar shows, as numbers."""

    epoch: int
    epochs: int | None
    batch: int
    batches: int | None
    values: Mapping[str, float] = field(default_factory=dict)
    validation: Mapping[str, float] = field(default_factory=dict)
    samples_per_s: float | None = None
    left_s: float | None = None
    validating: bool = False


class Column(NamedTuple):
    """A piece of the bar; where room is short, the highest rank goes first."""

    rank: int
    text: str
    style: str = ""


def draw_bar(moment: Moment, width: int, *, ascii_only: bool = False) -> Text:
    """Draw one line of at most `width` cells; what does not fit is left out, the least needed first."""
    columns = columns_that_fit(columns_of(moment), width - NARROWEST_BAR - len(GAP))
    first, *rest = [Text(column.text, style=column.style) for column in columns]
    parts = [first, *_bar(moment, width, columns, ascii_only=ascii_only), *rest]
    line = Text(GAP, no_wrap=True, overflow="ellipsis").join(parts)
    line.truncate(width)
    return line


def columns_of(moment: Moment) -> list[Column]:
    """Return the columns in the order in which they are shown, the bar itself aside."""
    loss, others = _split(moment.values)
    found = [Column(0, epoch_name(moment.epoch, moment.epochs), "bold")]
    found.append(Column(4, f"{moment.batch}/{moment.batches}" if moment.batches else f"batch {moment.batch}", "dim"))
    found.append(Column(1, "validating", "yellow") if moment.validating else Column(1, loss))
    found.append(Column(3, others))
    found.append(Column(5, ", ".join(f"validation {name} {short(value)}" for name, value in moment.validation.items())))
    if moment.samples_per_s is not None:
        found.append(Column(6, f"{moment.samples_per_s:,.0f} samples/s", "dim"))
    if moment.left_s is not None:
        found.append(Column(2, f"{clock(moment.left_s)} left", "cyan"))
    return [column for column in found if column.text]


def columns_that_fit(columns: list[Column], width: int) -> list[Column]:
    """Drop the columns of the highest rank until the rest fits; the epoch always stays."""
    while len(columns) > 1 and sum(len(column.text) + len(GAP) for column in columns) - len(GAP) > width:
        columns = [column for column in columns if column is not max(columns)]
    return columns


def epoch_line(epoch: int, epochs: int | None, values: Mapping[str, float], seconds: float) -> str:
    """Return the permanent line of an epoch."""
    training = {name: value for name, value in values.items() if not name.startswith(VALIDATION)}
    validation = {name.removeprefix(VALIDATION): value for name, value in values.items() if name not in training}
    parts = [epoch_name(epoch, epochs), listed(training)]
    parts.append(f"validation: {listed(validation)}" if validation else "")
    return GAP.join(part for part in [*parts, clock(seconds)] if part)


def epoch_name(epoch: int, epochs: int | None) -> str:
    """Count epochs as people do, from 1."""
    return f"epoch {epoch + 1}/{epochs}" if epochs is not None else f"epoch {epoch + 1}"


def listed(values: Mapping[str, float]) -> str:
    """Return "loss 0.1234, accuracy 0.9781"."""
    return ", ".join(f"{name} {short(value)}" for name, value in values.items())


def short(value: float) -> str:
    """Return four digits that matter."""
    return f"{value:.4g}"


def clock(seconds: float) -> str:
    """Return "1.2 s" below ten seconds, then "0:42", "12:07" or "3:04:05"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _bar(moment: Moment, width: int, columns: list[Column], *, ascii_only: bool) -> list[Text]:
    room = width - sum(len(column.text) + len(GAP) for column in columns)
    if not moment.batches or room < NARROWEST_BAR:
        return []
    cells = min(room, WIDEST_BAR)
    full = round(cells * min(1.0, moment.batch / moment.batches))
    # Two shapes, because not every terminal has colours.
    done, rest = ("#", "-") if ascii_only else ("━", "─")
    return [Text.assemble((done * full, "green"), (rest * (cells - full), "bright_black"))]


def _split(values: Mapping[str, float]) -> tuple[str, str]:
    loss = {name: value for name, value in values.items() if name == "loss"}
    return listed(loss), listed({name: value for name, value in values.items() if name not in loss})
