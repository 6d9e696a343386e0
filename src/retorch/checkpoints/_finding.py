"""Which checkpoint a path means: itself, or one of the run whose folder it is."""

from __future__ import annotations

import os
from pathlib import Path

from retorch.checkpoints._vault import Vault
from retorch.errors import CheckpointNotFound


def find_checkpoint(path: str | os.PathLike[str], label: str | None = None) -> Path:
    """Return the folder of a checkpoint.

    Args:
        path: that folder, which is returned as it is, or the folder of a run.
        label: of a run, the newest checkpoint with this label, such as "best"; None for the newest of all, damaged
            or not.

    Raises:
        CheckpointNotFound: the run has none, or none with that label; or a label was asked of a single checkpoint.
    """
    folder = Path(path)
    if not (folder / "run.json").exists():
        if label is not None:
            raise CheckpointNotFound(
                f"the checkpoint labelled {label!r} of {folder} was asked, and that is not the folder of a run; "
                f"give the run's folder, or leave the label away"
            )
        return folder
    vault = Vault(folder / "checkpoints")
    names = vault.names()
    if not names:
        raise CheckpointNotFound(f"the run {folder} has no checkpoint yet")
    if label is None:
        return vault.path / names[-1]
    labels = vault.labels()
    for name, mine in labels.items():
        if label in mine:
            return vault.path / name
    known = sorted({one for mine in labels.values() for one in mine})
    raise CheckpointNotFound(
        f"the run {folder} has no checkpoint labelled {label!r}; "
        + (f"its labels: {', '.join(known)}" if known else "none of its checkpoints has a label")
    )
