"""The picture of a run's curves: facts from the run folder, drawing by `pictures`."""

from __future__ import annotations

from pathlib import Path

from retorch.pictures import curves, draw_curves
from retorch.runs import RunFolder, lower_is_better, read_series


def draw_run(folder: RunFolder) -> None:
    """Write curves.png and curves.svg of what is recorded; the same records give the same bytes in any folder."""
    recipe = folder.info.command.recipe
    facts = curves(
        read_series(folder.path), title=Path(recipe).stem if recipe else "Training", lower_is_better=lower_is_better
    )
    for path in folder.curves:
        draw_curves(facts, path)
