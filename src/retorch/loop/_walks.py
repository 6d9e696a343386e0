"""The iterators that a loop walks: epochs and batches. The course of the run decides what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from retorch.data import Pass, PastPass, Source
from retorch.errors import EmptyLoader, UsageError, notice

if TYPE_CHECKING:
    from retorch.loop._course import Course

END = object()


class Epochs:
    """Iterates over the numbers of the epochs that are still to be done."""

    def __init__(self, course: Course, count: int) -> None:
        check_epochs(count)
        self._course = course
        self.count = count
        self.first: int | None = None

    @property
    def end(self) -> int:
        """The number behind the last epoch of this walk."""
        return (self.first or 0) + self.count

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        epoch = self._course.next_epoch(self)
        if epoch is None:
            raise StopIteration
        return epoch

    def __len__(self) -> int:
        return self.count


def check_epochs(count: Any) -> None:
    """Refuse what is no number of epochs."""
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise UsageError(f"epochs={count!r} was asked; give a whole number, 0 or more")


class Steps:
    """Iterates over the batches of one walk over a loader, from where the run stands."""

    def __init__(self, course: Course, source: TrackedSource, window: int | None) -> None:
        if window is not None and (isinstance(window, bool) or not isinstance(window, int) or window < 1):
            raise UsageError(f"window={window!r} was asked; a step takes at least 1 batch, in whole numbers")
        self._course = course
        self.source = source
        self._window = window
        self.windowed = window is not None
        self._batches: Iterator[Any] | None = None
        self.at = Pass(0, 0)
        self.start = 0
        self.used = 0
        self.taken = 0
        self.ids: list[Any] = []
        """The indices of the samples in each batch that was fetched last; None where they are not known."""
        self.over = False
        self.left = False

    def __iter__(self) -> Iterator[Any]:
        self.over = self.left = False
        return self

    def __next__(self) -> Any:
        if self.over:
            raise StopIteration
        batch = self._course.next_batch(self)
        if batch is END:
            self.over = True
            raise StopIteration
        return batch

    def __len__(self) -> int:
        batches = self.source.batches()
        if batches is None:
            raise TypeError("this loader does not know how many batches it has")
        return batches if self._window is None else -(-batches // self._window)

    def open(self, seed: int, at: Pass, start: int, past: list[PastPass]) -> None:
        """Begin the walk at batch number `start`."""
        self.at, self.start, self.used = at, start, start
        self._batches = self.source.source.open(seed, at, start, past)

    def skip(self, at: Pass) -> None:
        """Give no batch: the checkpoint was taken behind this walk."""
        self.at, self.start, self.used = at, 0, 0
        self._batches = iter(())

    def fetch(self) -> Any:
        """Return the next batch or window of batches, or END."""
        assert self._batches is not None
        if self._window is None:
            batch = next(self._batches, END)
            self.taken = 1
            self.ids = [self.source.source.ids()]
            return batch
        window: list[Any] = []
        self.ids = []
        while len(window) < self._window and (batch := next(self._batches, END)) is not END:
            window.append(batch)
            self.ids.append(self.source.source.ids())
        self.taken = len(window)
        return window or END

    def close(self) -> None:
        """Let the loader's workers go, unless the loader keeps them."""
        batches, self._batches = self._batches, None
        if (close := getattr(batches, "close", None)) is not None:
            close()

    def refuse_return(self) -> None:
        """Raise when the loop asks for one more batch after it has left this walk."""
        if self.left:
            raise UsageError(
                "a walk over run.steps(...) was left, for another walk or another epoch, and is now asked for one more "
                "batch. Walk loaders one after the other, not zipped or nested; to use two at once, pair their batches "
                "in one iterable, class Pairs with __iter__, and give that to run.steps"
            )

    def refuse_emptiness(self) -> None:
        """Raise when a walk from the start gave no batch at all."""
        if self.start == 0 and self.used == 0:
            if any(past.batches for past in self.source.passes):
                raise EmptyLoader(
                    "the loader gave batches before and gives none now: it is used up. A generator can be walked once; "
                    "give a list, a DataLoader, or an object whose __iter__ begins anew"
                )
            facts = ", ".join(f"{name}={value}" for name, value in self.source.source.signature().items())
            raise EmptyLoader(
                f"the loader gave no batch ({facts}). Check the data set's length, and that drop_last does not "
                f"drop the only batch"
            )


@dataclass(slots=True, eq=False)
class TrackedSource:
    """A loader that the run has met, and the walks over it so far."""

    loader: Any
    source: Source
    passes: list[PastPass] = field(default_factory=list)
    walked: bool = False
    known_batches: int | None = None

    def batches(self) -> int | None:
        """Batches in a whole walk, or None."""
        if self.known_batches is None:
            self.known_batches = self.source.batches()
        return self.known_batches


class History:
    """The loaders of a run, and which walk of an epoch (its section) used which of them last.

    A loader that takes the place of another in its section has no past: it is made anew, each epoch as a rule.
    """

    def __init__(self) -> None:
        self._known: list[TrackedSource] = []
        self._of_section: dict[int, TrackedSource] = {}
        self._renewed: set[int] = set()
        self._said: set[str] = set()
        self._recorded: dict[int, dict[str, Any]] = {}

    def knows(self, loader: Any) -> bool:
        """Tell whether a loader was met before."""
        return any(known.loader is loader for known in self._known)

    def adopt(self, loader: Any, adopt: Callable[[Any], Source]) -> TrackedSource:
        """Return the source of a loader, made on first sight."""
        for known in self._known:
            if known.loader is loader:
                return known
        known = TrackedSource(loader, adopt(loader))
        for sentence in known.source.advice:
            if sentence not in self._said:
                notice(sentence)
                self._said.add(sentence)
        self._known.append(known)
        return known

    def enter(self, section: int, source: TrackedSource) -> None:
        """Note which loader a section walks now, and give a loader that is met for the first time its past."""
        before = self._of_section.get(section)
        self._of_section[section] = source
        if before is not None and before is not source:
            self._renewed.add(section)
            if before not in self._of_section.values():
                self._known.remove(before)
        recorded = self._recorded.pop(section, None)
        if recorded is not None and recorded["renewed"]:
            self._renewed.add(section)
        elif recorded is not None and not source.walked:
            source.passes += [PastPass(Pass(*at), batches, done) for *at, batches, done in recorded["passes"]]
        source.walked = True

    def note(self, walk: Steps, *, finished: bool) -> None:
        """Remember how far a walk went, where a later replay depends on it."""
        if walk.source.source.replays:
            walk.source.passes.append(PastPass(walk.at, walk.used, finished))

    def to_json(self) -> dict[str, Any]:
        """Return the walks over replayed loaders as JSON values."""
        mine = {
            section: {
                "renewed": section in self._renewed,
                "passes": [[past.at.epoch, past.at.section, past.batches, past.finished] for past in known.passes],
            }
            for section, known in self._of_section.items()
            if known.source.replays
        }
        return {str(section): facts for section, facts in sorted({**self._recorded, **mine}.items())}

    def recall(self, recorded: Mapping[str, Any]) -> None:
        """Take what `to_json` gave in the process before."""
        self._recorded = {int(section): dict(facts) for section, facts in recorded.items()}
