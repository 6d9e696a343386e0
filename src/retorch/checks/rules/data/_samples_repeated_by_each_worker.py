"""An iterable data set that each worker process walks from its beginning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Sized
from itertools import pairwise
from typing import Any
from weakref import WeakKeyDictionary

from torch.utils.data import IterableDataset

from retorch.checks._finding import Finding
from retorch.checks._observations import BatchFetched, LoaderBegins, LoaderEnded, LoaderMade, WorkersSeen
from retorch.checks._rows import number_of_all, sample_numbers
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.lines import Site

# A few equal samples at the beginning may be a coincidence.
_FEWEST_SAMPLES = 4
_MOST_SAMPLES = 20_000


class SamplesRepeatedByEachWorker(Rule):
    """Each worker process yields the same samples of an iterable data set.

    Why it matters: with four workers each sample comes four times in an epoch, right after each other. An epoch takes
    four times as long, four batches in a row teach the same, and counts of samples are wrong.

    When it is fine: never for data; made-up samples that only measure the speed may be equal.

    Wrong: `def __iter__(self): yield from self.lines` in a data set that is read with `num_workers=4`.

    Right: ask `torch.utils.data.get_worker_info()` in `__iter__`, and yield each `num_workers`-th sample, from the
    number of the worker on.

    Reported: https://github.com/huggingface/datasets/issues/3423
    """

    name = "samples-repeated-by-each-worker"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._made: WeakKeyDictionary[Any, Site] = WeakKeyDictionary()
        self._walked: WeakKeyDictionary[Any, list[list[int]]] = WeakKeyDictionary()

    @sees(LoaderMade)
    def made(self, seen: LoaderMade) -> None:
        """Note which line built a loader."""
        self._made[seen.loader] = seen.site

    @sees(LoaderBegins)
    def begin(self, seen: LoaderBegins) -> None:
        """Begin a list of samples for each worker, in the first pass."""
        self._walked.pop(seen.loader, None)
        if isinstance(seen.loader.dataset, IterableDataset) and seen.loader.num_workers > 1 and seen.number == 0:
            self._walked[seen.loader] = [[] for _ in range(seen.loader.num_workers)]

    @sees(BatchFetched)
    def read(self, seen: BatchFetched) -> None:
        """Note the samples of a batch; the workers take turns."""
        walked = self._walked.get(seen.loader)
        if walked is not None and sum(map(len, walked)) < _MOST_SAMPLES:
            whole = number_of_all(seen.batch) if seen.loader.batch_size is None else None
            numbers = sample_numbers(seen.batch) if seen.loader.batch_size is not None else [whole]
            walked[seen.number % len(walked)] += [number for number in numbers if number is not None]

    @sees(LoaderEnded)
    def compare(self, seen: LoaderEnded) -> Iterator[Finding]:
        """Compare all samples of the workers, which may come in another order from each."""
        walked = self._walked.pop(seen.loader, None)
        if walked is not None and _differ(walked[0]) and all(sorted(one) == sorted(walked[0]) for one in walked):
            yield self._found(seen, walked, f"all {len(walked[0])} samples of each worker came from the others too")

    @sees(WorkersSeen)
    def judge(self, seen: WorkersSeen) -> Iterator[Finding]:
        """Compare the first samples of the workers: a stream may have no end."""
        rows = [report.rows for report in seen.reports]
        if seen.loader not in self._walked or len(rows) < seen.loader.num_workers or not _differ(rows[0]):
            return
        if all(one == other for one, other in pairwise(rows)):
            del self._walked[seen.loader]
            told = f"the first {len(rows[0])} samples of all {len(rows)} workers are equal, one by one"
            yield self._found(seen, rows, told)

    def _found(self, seen: WorkersSeen | LoaderEnded, workers: Sized, evidence: str) -> Finding:
        return self.finding(
            self._made.get(seen.loader) or seen.site,
            f"each of the {len(workers)} workers yields the same samples",
            evidence=evidence,
            remedy="share the samples out in __iter__ of the data set, by get_worker_info().id and .num_workers",
        )


def _differ(samples: Sequence[int]) -> bool:
    """Tell whether these are enough samples, each another one."""
    return len(set(samples)) == len(samples) >= _FEWEST_SAMPLES
