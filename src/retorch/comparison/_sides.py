"""`Side`: what a report shows of each of the two runs."""

from __future__ import annotations

import shlex
from pathlib import Path

from retorch.comparison._difference import Side
from retorch.runs import RecordFacts, read_environment, read_info


def side_of(run: Path, facts: RecordFacts) -> Side:
    """Gather what a report shows of a run.

    Raises:
        RunFolderError: it is no run, or damaged.
    """
    info = read_info(run)
    return Side(
        path=run,
        steps=facts.steps,
        level=facts.level,
        seed=info.seed,
        command=shlex.join(info.command.argv),
        environment=read_environment(run),
        config={**info.config, **info.settings},
    )
