"""The seam between data and a training loop: `Source`, opened at a position."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"


@dataclass(frozen=True, slots=True, order=True)
class Pass:
    """One walk over a loader.

    Attributes:
        epoch: the epoch that the walk belongs to, from 0.
        section: counts several walks over the same loader within one epoch, from 0.
    """

    epoch: int
    section: int = 0


@dataclass(frozen=True, slots=True)
class PastPass:
    """An earlier walk over the same source.

    Attributes:
        at: which walk it was.
        batches: how many batches it gave in all.
        finished: whether it came to its end, rather than being left by a `break`. Both can have given every batch,
            but only the first ran the code that a user's `__iter__` has after its last `yield`.
    """

    at: Pass
    batches: int
    finished: bool = True


class Source(Protocol):
    """Batches, reachable by position. It takes seed and position as values and knows no loop.

    A source that is not replayed may be opened anywhere, in any order, several times at once. A replayed one moves
    forward only: it is walked from its first pass, and what it remembers from pass to pass cannot be put back
    inside one process. It has to be told of its earlier passes in `past`, each time.
    """

    @property
    def replays(self) -> bool:
        """Whether a position is reached by walking there again."""

    @property
    def advice(self) -> tuple[str, ...]:
        """Sentences that a user should read once: what a replay costs, what a resume cannot place."""

    def signature(self) -> dict[str, JSON]:
        """Return the facts that a position depends on. A resume with other facts would mean another batch."""

    def batches(self) -> int | None:
        """Return the length of a pass, None if unknown. For a replayed source it is what the loader claims."""

    def ids(self) -> Any:
        """Return the indices of the samples in the batch that was given last; None where they are not known."""

    def open(self, seed: int, at: Pass, start: int = 0, past: Sequence[PastPass] = ()) -> Iterator[Any]:
        """Return the batches of one pass from number `start` on.

        The iterator may leave the global random streams anywhere. Dropping it, or its `close()`, releases its
        worker processes unless they are kept for the next pass.

        Args:
            seed: the seed of the run.
            at: which pass.
            start: the number of the first batch to give; 0 is the first of the pass.
            past: all earlier passes over this source, oldest first. Only a replayed source looks at them.
        """
