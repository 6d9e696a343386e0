"""Turning tasks into batches, in this process or in torch's DataLoader workers. Both give the same bits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.utils.data import DataLoader, get_worker_info
from torch.utils.data._utils.pin_memory import pin_memory

from retorch.data._reading import Reader, Task
from retorch.randomness import single_threaded

Numbered: TypeAlias = tuple[int, Any]
"""One batch that was chosen: its number in the pass, and its indices."""

# From the moment when a worker's socket closes to the moment when the process is seen to be dead.
_DEATH_S = 1.0


@dataclass(frozen=True, slots=True)
class Workers:
    """How batches are read: the settings of torch's DataLoader that do not choose samples.

    Attributes:
        count: worker processes; 0 reads in this process.
        prefetch: batches that each worker prepares in advance.
        keep: whether the processes live on between passes.
        init: called with the worker's number in each worker.
        timeout_s: how long to wait for a batch, 0 for ever.
        context: how processes are started.
        pin: whether tensors are copied into pinned memory, where there is an accelerator.
        pin_device: torch's deprecated name of the device to pin for.
        in_order: whether batches come in the order of their numbers.
    """

    count: int = 0
    prefetch: int | None = None
    keep: bool = False
    init: Callable[[int], None] | None = None
    timeout_s: float = 0
    context: Any = None
    pin: bool = False
    pin_device: str = ""
    in_order: bool = True

    @property
    def look_ahead(self) -> int:
        """How many tasks are taken before the first batch is given."""
        return self.count * (self.prefetch or 2)

    def options(self) -> dict[str, Any]:
        """Return these settings as torch's DataLoader calls them."""
        options: dict[str, Any] = {
            "num_workers": self.count,
            "timeout": self.timeout_s,
            "worker_init_fn": self.init,
            "multiprocessing_context": self.context,
            "pin_memory": self.pins(),
            "persistent_workers": self.keep,
            "prefetch_factor": self.prefetch,
            "in_order": self.in_order,
        }
        # A notice of torch's that it is deprecated belongs to whoever asked for it.
        return options | ({"pin_memory_device": self.pin_device} if self.pin_device else {})

    def pins(self) -> bool:
        """Tell whether there is anything to pin for."""
        return self.pin and torch.accelerator.is_available()


class Delivery:
    """Reads the batches that tasks ask for, and keeps the workers that do it.

    Args:
        reader: reads one batch.
        workers: where it runs.
    """

    def __init__(self, reader: Reader, workers: Workers) -> None:
        self.reader = reader
        self.workers = workers
        self.given: Any = None
        """The indices of the batch that was given last; None where batches come out of order."""
        self._idle: _Team | None = None

    def walk(
        self, batches: Iterator[Numbered], key_of: Callable[[int], int], worker_seed: int
    ) -> Generator[Any, None, None]:
        """Read batch after batch.

        Args:
            batches: numbers and indices.
            key_of: returns the key of what is drawn while the batch of a number is read; asked where that matters.
            worker_seed: what torch's workers start from, before their first task.
        """
        if self.workers.count:
            return self._walk_in_workers(self._tasks(batches, key_of), worker_seed)
        return self._walk_here(batches, key_of)

    def draws_here(self) -> bool:
        """Tell whether this process runs code of the user's that may draw random numbers."""
        return self.workers.count == 0 and self.reader.fresh().draws()

    def _walk_here(self, batches: Iterator[Numbered], key_of: Callable[[int], int]) -> Generator[Any, None, None]:
        reader = self.reader.fresh()
        pin = pin_memory if self.workers.pins() else None
        draws = reader.draws()
        # Where nothing is drawn nobody looks at a key, and the number may stand in its place.
        for task in self._tasks(batches, key_of) if draws else batches:
            batch = _read_at_one_thread(reader, task) if draws and torch.get_num_threads() > 1 else reader[task]
            self.given = task[1]
            yield pin(batch) if pin else batch  # type: ignore[no-untyped-call]

    def _walk_in_workers(self, tasks: Iterator[Task], worker_seed: int) -> Generator[Any, None, None]:
        # Taken out while in use: two passes that are open at once have a team each. One that failed never returns.
        team, self._idle = self._idle or _Team(self.reader.fresh(), self.workers), None
        try:
            # Tensors would go to a worker through shared memory, which costs more than reading the batch.
            ahead: deque[Any] = deque()
            for batch in team.walk(_remembered(tasks, ahead), worker_seed):
                indices = ahead.popleft()
                self.given = indices if self.workers.in_order else None
                yield batch
        except GeneratorExit:
            self._put_back(team)
            raise
        except BaseException as error:
            death = team.death() if isinstance(error, OSError | EOFError) else None
            team.end()
            if death is not None:
                raise RuntimeError(death) from error
            raise
        self._put_back(team)

    def _tasks(self, batches: Iterator[Numbered], key_of: Callable[[int], int]) -> Iterator[Task]:
        """Add keys, and turn slices of an order into what torch hands to a data set; a user's sampler already chose."""
        if not self.reader.ordered:
            return ((key_of(number), indices) for number, indices in batches)
        return ((key_of(number), _as_python_numbers(indices)) for number, indices in batches)

    def _put_back(self, team: _Team) -> None:
        if self.workers.keep and self._idle is None:
            self._idle = team
        else:
            team.end()


class _Team:
    """Worker processes, started by the first walk, that take tasks instead of indices."""

    def __init__(self, reader: Reader, workers: Workers) -> None:
        self._tasks = _Tasks()
        self._generator = seed_giver()
        self._latest: Any = None
        options = workers.options() | {"worker_init_fn": _Introduction(workers.init)}
        self._loader: DataLoader[Any] = DataLoader(
            reader,  # type: ignore[arg-type]
            batch_size=None,
            sampler=self._tasks,
            collate_fn=_as_it_is,
            generator=self._generator,
            **options,
        )

    def walk(self, tasks: Iterator[Task], worker_seed: int) -> Iterator[Any]:
        self._tasks.latest = tasks
        self._generator.manual_seed(worker_seed)
        walk = iter(self._loader)
        self._latest = walk
        return walk

    def death(self) -> str | None:
        """Say which worker died, None if all live.

        A batch that was on its way is then lost with a bare "connection reset", and torch, which looks for dead
        workers itself, may look a moment too early.
        """
        workers = {worker.sentinel: worker for worker in getattr(self._latest, "_workers", ())}
        dead = [workers[sentinel] for sentinel in wait(list(workers), _DEATH_S)]
        if not dead:
            return None
        for worker in dead:
            worker.join(_DEATH_S)  # its pipe closes a moment before its exit code is there
        ends = ", ".join(f"pid {worker.pid}, exit code {worker.exitcode}" for worker in dead)
        return (
            f"DataLoader worker ({ends}) died, and its next batch with it. Exit code -9 often means that the machine "
            f"ran out of memory: take fewer workers, or smaller batches"
        )

    def end(self) -> None:
        """End the processes now. An error's traceback would otherwise keep them, also into processes forked later."""
        if self._latest is not None:
            self._latest._shutdown_workers()  # noqa: SLF001 - torch ends them in `__del__` and has no public door
            self._latest = None


class _Tasks(Iterable[Task]):
    """A sampler whose next walk is set from outside. The DataLoader asks for it twice and uses the second."""

    def __init__(self) -> None:
        self.latest: Iterator[Task] = iter(())

    def __iter__(self) -> Iterator[Task]:
        return self.latest


class _Introduction:
    """Shows the user's data set, not our reader, to a worker's `get_worker_info`, then calls the user's own."""

    def __init__(self, init: Callable[[int], None] | None) -> None:
        self._init = init

    def __call__(self, worker: int) -> None:
        info = get_worker_info()
        reader: Any = info.dataset  # type: ignore[union-attr]
        # Frozen by torch against users; there is no other door.
        object.__setattr__(info, "dataset", reader.dataset)
        if self._init is not None:
            self._init(worker)


def seed_giver() -> torch.Generator:
    """Return what a DataLoader draws its workers' seed from; without it, it would draw from the global generator."""
    # It draws on the default device, and a generator has to be there too.
    return torch.Generator(device=torch.get_default_device())


def _remembered(tasks: Iterator[Task], ahead: deque[Any]) -> Iterator[Task]:
    """Hand tasks on, and note their indices: workers take tasks long before their batches are given."""
    for task in tasks:
        ahead.append(task[1])
        yield task


def _read_at_one_thread(reader: Reader, task: Task) -> Any:
    with single_threaded():
        return reader[task]


def _as_python_numbers(indices: Any) -> Any:
    if isinstance(indices, range):
        return list(indices)
    return indices.tolist() if isinstance(indices, Tensor) else indices


def _as_it_is(batch: Any) -> Any:
    return batch
