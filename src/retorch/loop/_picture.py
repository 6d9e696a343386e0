"""The picture of a run's curves: facts from the run folder, drawing by `pictures`."""

from __future__ import annotations

from retorch.pictures import curves, draw_curves
from retorch.runs import RunFolder, lower_is_better, read_series


def draw_run(folder: RunFolder) -> None:
    """Write curves.png and curves.svg of what is recorded."""
    facts = curves(read_series(folder.path), title=folder.path.name, lower_is_better=lower_is_better)
    for path in folder.curves:
        draw_curves(facts, path)
