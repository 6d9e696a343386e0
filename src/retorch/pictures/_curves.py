"""`curves`: the facts of a picture of training curves, all of them numbers and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from retorch.errors import UsageError
from retorch.pictures._series import LARGEST_DRAWN, Points, Series, is_noisy, read_points, smoothed, thinned

Role = Literal["training", "training, epoch mean", "validation", "test", "other"]

_ROLES: dict[str, Role] = {
    "train": "training",
    "training": "training",
    "epoch": "training, epoch mean",
    "valid": "validation",
    "validation": "validation",
    "val": "validation",
    "test": "test",
}
_ORDER: tuple[Role, ...] = ("training", "training, epoch mean", "validation", "test", "other")
_MOST_PANELS = 12
_MOST_STRETCHES = 100
_DECADES_FOR_LOG = 1.5


@dataclass(frozen=True, slots=True)
class Mark:
    """A step of the run that is worth a line across all panels, such as a resume."""

    step: float
    label: str


@dataclass(frozen=True, slots=True)
class Best:
    """The best point of a line."""

    step: float
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One metric of one phase.

    Attributes:
        role: what it shows; it decides the colour.
        raw: the values, thinned to at most some thousand points.
        smooth: their moving average where there are many, else None.
        best: the best point, for lines that are validated on.
        count: how many values there were.
        not_finite: the steps of those that were NaN, infinite or beyond 1e100: the first of each stretch of them, a
            hundred at most.
    """

    role: Role
    raw: Points
    smooth: Points | None
    best: Best | None
    count: int
    not_finite: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """The lines of one metric, drawn together."""

    name: str
    lines: tuple[Line, ...]
    scale: Literal["linear", "log"]


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """A picture of training curves, ready to be drawn.

    Attributes:
        title: stands above all panels.
        panels: losses first.
        marks: lines across all panels.
        omitted: metrics left out because there were too many.
    """

    title: str
    panels: tuple[Panel, ...]
    marks: tuple[Mark, ...] = ()
    omitted: tuple[str, ...] = ()


def curves(
    series: Mapping[str, Series],
    *,
    title: str,
    marks: Sequence[Mark] = (),
    lower_is_better: Callable[[str], bool] | None = None,
) -> Curves:
    """Arrange the metrics of a run into panels: one for each metric, its phases together. Draws nothing.

    Args:
        series: under "phase.metric", such as "train.loss" and "validation.loss"; a name without a known phase is a
            panel of its own. Steps and values of the same length, in the order of the run; they are copied.
        title: stands above the panels.
        marks: steps to mark in every panel.
        lower_is_better: tells from a metric's name whether its best value is the lowest one; by default
            that holds for names with "loss" or "error" in them.

    Raises:
        UsageError: a series has steps and values of different lengths.

    >>> from types import SimpleNamespace
    >>> loss = SimpleNamespace(steps=[0, 1, 2], values=[1.0, 0.25, 0.5])
    >>> picture = curves({"validation.loss": loss}, title="digits")
    >>> picture.panels[0].name, picture.panels[0].lines[0].best
    ('loss', Best(step=1.0, value=0.25))
    """
    lower = lower_is_better or _looks_like_loss
    families: dict[str, list[tuple[Role, Series]]] = {}
    for name, one in series.items():
        _check(name, one)
        role, family = _split(name)
        families.setdefault(family, []).append((role, one))
    names = sorted(families, key=lambda family: not lower(family))
    panels = tuple(_panel(name, families[name], lowest=lower(name)) for name in names[:_MOST_PANELS])
    return Curves(title, panels, tuple(marks), tuple(names[_MOST_PANELS:]))


def _check(name: str, series: Series) -> None:
    steps, values = len(series.steps), len(series.values)
    if steps != values:
        raise UsageError(f"series {name!r} has {steps} steps and {values} values; each value needs its step")


def _split(name: str) -> tuple[Role, str]:
    phase, _, family = name.partition(".")
    return (_ROLES[phase], family) if family and phase in _ROLES else ("other", name)


def _looks_like_loss(name: str) -> bool:
    return any(word in name.lower() for word in ("loss", "error"))


def _panel(name: str, members: list[tuple[Role, Series]], *, lowest: bool) -> Panel:
    members = sorted(members, key=lambda member: _ORDER.index(member[0]))
    judged = _judged_role([role for role, _ in members])
    lines = tuple(_line(role, series, lowest=lowest if role == judged else None) for role, series in members)
    return Panel(name, lines, "log" if lowest and _spans_decades(lines) else "linear")


def _judged_role(roles: list[Role]) -> Role | None:
    """A metric has a best value where it was validated on; a learning rate, only ever trained with, has none."""
    return next((role for role in ("validation", "test") if role in roles), None)


def _line(role: Role, series: Series, *, lowest: bool | None) -> Line:
    points = read_points(series)
    return Line(
        role=role,
        raw=thinned(points),
        smooth=smoothed(points) if is_noisy(points) else None,
        best=None if lowest is None else _best(points, lowest=lowest),
        count=len(points.values),
        not_finite=_stretches(points),
    )


def _best(points: Points, *, lowest: bool) -> Best | None:
    if np.isnan(points.values).all():
        return None
    place = np.nanargmin(points.values) if lowest else np.nanargmax(points.values)
    return Best(float(points.steps[place]), float(points.values[place]))


def _stretches(points: Points) -> tuple[float, ...]:
    gaps = np.isnan(points.values)
    begins = gaps & ~np.concatenate(([False], gaps[:-1]))
    return tuple(points.steps[begins][:_MOST_STRETCHES].tolist())


def _spans_decades(lines: Sequence[Line]) -> bool:
    """Ask the smoothed lines, so that one lucky batch does not stretch the scale over empty decades."""
    values = np.concatenate([(line.smooth or line.raw).values for line in lines])
    values = values[np.isfinite(values)]
    if not values.size or any(np.nanmin(line.raw.values, initial=np.inf) < 1 / LARGEST_DRAWN for line in lines):
        return False
    return bool(np.log10(values.max()) - np.log10(values.min()) >= _DECADES_FOR_LOG)
