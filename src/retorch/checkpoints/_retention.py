"""Which checkpoints of a run may go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from retorch.checkpoints._manifest import Manifest
from retorch.checkpoints._reading import read_manifest
from retorch.errors import CheckpointError, UsageError


@dataclass(slots=True)
class Retention:
    """What is kept: the last few, the newest of each label, every so many steps."""

    keep_last: int
    keep_labelled: bool
    keep_every: int | None
    _known: dict[str, Manifest] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.keep_last < 1:
            raise UsageError(f"keep_last={self.keep_last} was asked; at least 1 checkpoint is needed to resume")
        if self.keep_every is not None and self.keep_every < 1:
            raise UsageError(f"keep_every={self.keep_every} was asked; give a number of steps from 1, or None")

    def superfluous(self, folder: Path, names: Sequence[str], newest: Manifest) -> list[str]:
        """Return the names that no rule keeps, the oldest first.

        What was just written is never among them, wherever its name sorts. What cannot be read is not either:
        deleting is for what is known to be superfluous.
        """
        self._known = {name: known for name, known in self._known.items() if name in names}
        self._known[newest.name] = newest
        readable = [name for name in names if self._read(folder, name) is not None]
        kept = {newest.name, *readable[-self.keep_last :]}
        labelled: dict[str, str] = {}
        for name in readable:
            manifest = self._known[name]
            labelled |= dict.fromkeys(manifest.labels, name)
            if self.keep_every and manifest.position.get("step", 1) % self.keep_every == 0:
                kept.add(name)
        if self.keep_labelled:
            kept |= set(labelled.values())
        return [name for name in readable if name not in kept]

    def _read(self, folder: Path, name: str) -> Manifest | None:
        if name not in self._known:
            try:
                self._known[name] = read_manifest(folder / name)
            except CheckpointError:
                return None
        return self._known[name]
