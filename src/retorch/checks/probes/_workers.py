"""What the worker processes of a data loader draw and make, told through memory that they share with this process."""

from __future__ import annotations

import json
import mmap
import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary, ref

from torch.utils.data.dataloader import _BaseDataLoaderIter, _MultiProcessingDataLoaderIter

from retorch.checks._generators import generators_of, state_numbers
from retorch.checks._observations import WorkerReport, WorkersSeen
from retorch.checks._rows import sample_numbers
from retorch.checks.probes._probe import Probe

_ROOM = 32 * 1024
_MOST_SAMPLES = 512
_BATCHES_OF_EACH = 2


class WorkerProbe(Probe):
    """Wraps what a forked worker calls first, and what it calls for each batch."""

    tells = frozenset({WorkersSeen})

    def open(self) -> None:
        self._boards: WeakKeyDictionary[Any, _Board] = WeakKeyDictionary()
        self._patches.put(_MultiProcessingDataLoaderIter, "__init__", self._made)
        self._patches.put(_BaseDataLoaderIter, "__next__", self._next)

    def _made(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        batches, loader = args
        if not _forks(loader):
            original(*args, **kwargs)
            return
        board = _Board(loader)
        functions = loader.worker_init_fn, loader.collate_fn
        # The workers are forked in there, with the functions that the loader has meanwhile.
        loader.worker_init_fn, loader.collate_fn = _Beginning(functions[0], board), _Collating(functions[1], board)
        try:
            original(*args, **kwargs)
        finally:
            loader.worker_init_fn, loader.collate_fn = functions
        self._boards[batches] = board

    def _next(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        board = self._boards.get(args[0])
        try:
            batch = original(*args, **kwargs)
        except StopIteration:
            if board is not None:
                self._tell(board)
            raise
        if board is not None:
            board.batches += 1
            if board.batches == _BATCHES_OF_EACH * board.workers:
                self._tell(board)
        return batch

    def _tell(self, board: _Board) -> None:
        loader = board.loader()
        if loader is not None and not board.is_told:
            board.is_told = True
            self._emit(WorkersSeen(loader, board.read()))


def _forks(loader: Any) -> bool:
    chosen = loader.multiprocessing_context
    method = chosen.get_start_method() if chosen is not None else multiprocessing.get_start_method(allow_none=True)
    # Asking for the default one would fix it for the rest of the program.
    return bool((method or multiprocessing.get_all_start_methods()[0]) == "fork")


class _Board:
    """A place for the report of each worker, in memory that a fork shares. Holds the data, and not the loader."""

    def __init__(self, loader: Any) -> None:
        self.loader = ref(loader)
        self.data = loader.dataset
        self.workers: int = loader.num_workers
        self.batches = 0
        self.is_told = False
        self._memory = mmap.mmap(-1, self.workers * _ROOM)

    def write(self, report: WorkerReport) -> None:
        """Write in the worker's own place."""
        text = json.dumps([report.worker, report.before, report.after, report.rows]).encode()
        if len(text) < _ROOM:
            start = report.worker * _ROOM
            self._memory[start : start + len(text) + 1] = text + b"\0"

    def read(self) -> tuple[WorkerReport, ...]:
        """Read what there is; a report that a worker just writes anew is left out."""
        found = []
        for worker in range(self.workers):
            text = self._memory[worker * _ROOM : (worker + 1) * _ROOM].partition(b"\0")[0]
            with suppress(ValueError):
                number, before, after, rows = json.loads(text)
                found.append(WorkerReport(number, before, after, tuple(rows)))
        return tuple(found)


class _Beginning:
    """The user's `worker_init_fn`, and then a look at the generators. Runs in the worker."""

    def __init__(self, function: Callable[[int], Any] | None, board: _Board) -> None:
        self._function = function
        self._board = board

    def __call__(self, worker: int) -> None:
        if self._function is not None:
            self._function(worker)
        with suppress(Exception):  # whatever goes wrong here is not the user's business
            _Worker.worker = worker
            _Worker.generators = generators_of(self._board.data, "dataset")
            _Worker.before = state_numbers(_Worker.generators)


class _Collating:
    """The user's `collate_fn`, and then a report. Runs in the worker."""

    def __init__(self, function: Callable[[Any], Any], board: _Board) -> None:
        self._function = function
        self._board = board

    def __call__(self, samples: Any) -> Any:
        batch = self._function(samples)
        if _Worker.batches < _BATCHES_OF_EACH and len(_Worker.rows) < _MOST_SAMPLES:
            with suppress(Exception):  # as above
                self._report(batch)
        return batch

    def _report(self, batch: Any) -> None:
        if not _Worker.batches:
            _Worker.after = state_numbers(_Worker.generators)
        _Worker.batches += 1
        _Worker.rows += sample_numbers(batch)[:_MOST_SAMPLES]
        self._board.write(WorkerReport(_Worker.worker, _Worker.before, _Worker.after, tuple(_Worker.rows)))


class _Worker:
    """What a worker process knows of itself; each has its own, by the fork."""

    worker = 0
    batches = 0
    generators: dict[str, Any] = {}  # noqa: RUF012 - one for each process
    before: dict[str, int] = {}  # noqa: RUF012 - as above
    after: dict[str, int] = {}  # noqa: RUF012 - as above
    rows: list[int] = []  # noqa: RUF012 - as above
