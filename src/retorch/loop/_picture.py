"""The picture of a run's curves: facts from the run folder, drawing by `pictures`."""

from __future__ import annotations

from retorch.runs import RunFolder


def draw_run(folder: RunFolder) -> None:
    """Write curves.png and curves.svg."""
