"""What a replayed source has walked in this process, and what it still has to walk again."""

from __future__ import annotations

from collections.abc import Sequence

from retorch.data._source import Pass, PastPass
from retorch.errors import notice


class History:
    """The passes that were begun in this process, oldest first."""

    def __init__(self) -> None:
        self._walked: list[Pass] = []

    def missing(self, past: Sequence[PastPass], at: Pass) -> Sequence[PastPass]:
        """Return the passes of `past` that this process has not walked yet.

        A notice tells when the source has walked more than `past` says: that cannot be taken back.
        """
        known = len(self._walked)
        if [earlier.at for earlier in past[:known]] == self._walked:
            return past[known:]
        notice(
            f"epoch {at.epoch} (section {at.section}) is opened after {len(past)} earlier passes, but this loader has "
            f"already walked {known} in this process: what it remembers of them cannot be put back, so the batches "
            f"may be others. Make a new loader to walk it again from the start.",
        )
        return ()

    def begin(self, at: Pass) -> None:
        """Note that a pass is walked now."""
        self._walked.append(at)
