"""Worker processes that draw the same random numbers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from types import FunctionType, MethodType
from typing import Any
from weakref import WeakKeyDictionary

from torch.utils.data import IterableDataset

from retorch.checks._finding import Finding
from retorch.checks._generators import Held, generators_of
from retorch.checks._observations import LoaderBegins, LoaderMade, WorkerReport, WorkersSeen
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules.data._sources import first_line_of, line_of_attribute, line_of_variable
from retorch.lines import Site

_GLOBAL = {"torch": "torch", "numpy": "np.random", "random": "random"}


class SameNumbersInEachWorker(Rule):
    """Each worker process of a loader draws the same random numbers while the model is trained.

    Why it matters: a worker is a copy of the program, with a copy of each generator. Samples that different workers
    make get the same crops and the same noise, and since the workers are forked anew in each epoch, so does the next
    epoch.

    When it is fine: where the random numbers are not meant to vary, as in a fixed set of noisy samples.

    Wrong: `self.rng = np.random.default_rng(0)` in `__init__` of a data set that is read by several workers; or
    `worker_init_fn=lambda worker: np.random.seed(0)`.

    Right: draw from `torch`, `random` or `np.random`, which torch (2.11 and 2.13 were measured) seeds otherwise in each
    worker; or make the generator in the worker: `np.random.default_rng(torch.utils.data.get_worker_info().seed)`.

    Reported: https://github.com/pytorch/pytorch/issues/5059
    """

    name = "same-numbers-in-each-worker"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._made: WeakKeyDictionary[Any, Site] = WeakKeyDictionary()
        self._steps: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self._last: WeakKeyDictionary[Any, WorkerReport] = WeakKeyDictionary()

    @sees(LoaderMade)
    def made(self, seen: LoaderMade) -> None:
        """Note which line built a loader."""
        self._made[seen.loader] = seen.site

    @sees(LoaderBegins)
    def begin(self, seen: LoaderBegins) -> None:
        """Note how far the training is."""
        self._steps[seen.loader] = self.scene.step

    @sees(WorkersSeen)
    def judge(self, seen: WorkersSeen) -> Iterator[Finding]:
        """Judge the generators that were drawn from."""
        loader = seen.loader
        # An iterable data set may need one order in all workers, of which each takes its share.
        if isinstance(loader.dataset, IterableDataset) or self.scene.step == self._steps.get(loader):
            return
        repeated = {name for one, other in combinations(seen.reports, 2) for name in _drawn_alike(one, other)}
        if len(seen.reports) == 1:
            repeated = self._repeated_by_the_only_worker(loader, seen.reports[0])
        if repeated:
            yield self._found(seen, repeated)

    def _repeated_by_the_only_worker(self, loader: Any, report: WorkerReport) -> set[str]:
        last = self._last.get(loader)
        self._last[loader] = report
        if last is None or last.rows == report.rows:
            return set()
        return _drawn_alike(last, report)

    def _found(self, seen: WorkersSeen, repeated: set[str]) -> Finding:
        loader = seen.loader
        held = generators_of(loader.dataset, "dataset")
        own = sorted(repeated & held.keys())
        names = own or [_GLOBAL.get(name, name) for name in sorted(repeated)]
        site = _line_of(held[own[0]]) if own else first_line_of(loader.worker_init_fn)
        count = f"{len(seen.reports)} workers" if len(seen.reports) > 1 else "the worker of two epochs"
        return self.finding(
            site or self._made.get(loader) or seen.site,
            "each worker of the loader draws the same random numbers",
            evidence=f"{count} began with the same state of {' and '.join(names)}, and after the first batch, of other "
            "samples, had the same state again",
            remedy="make the generator in the worker, from torch.utils.data.get_worker_info().seed" if own
            else "torch seeds each worker otherwise: leave the seeds as they are, or add the number of the worker",
        )  # fmt: skip


def _drawn_alike(one: WorkerReport, other: WorkerReport) -> set[str]:
    return {
        name
        for name, before in one.before.items()
        if before == other.before.get(name) and before != one.after.get(name) == other.after.get(name)
    }


def _line_of(held: Held) -> Site | None:
    if isinstance(held.owner, (FunctionType, MethodType)):
        return line_of_variable(held.owner, held.name)
    return line_of_attribute(held.owner, held.name) if held.name else None
