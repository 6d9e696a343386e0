"""`Loader`: batches whose position is a number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch.utils.data import IterableDataset, default_collate

from retorch.data._advice import on_generators
from retorch.data._delivery import Delivery, Workers
from retorch.data._lengths import ByLength, read_lengths
from retorch.data._order import InOrder, Order, Shuffled
from retorch.data._ordered import OrderedSource
from retorch.data._reading import Reader
from retorch.data._source import Pass
from retorch.data._tensors import as_tensor_dataset, is_in_memory
from retorch.errors import UsageError
from retorch.randomness import capture, current_seed, fork_key, restore


class Loader:
    """Batches of a map-style data set or of tensors, resumable at any batch.

    Order and augmentation are functions of (seed, epoch, batch number). Neither the number of workers nor where an
    epoch was interrupted changes a bit of what the data set draws from the global generators of torch, NumPy and
    `random`. Seeking costs the same everywhere in an epoch and reads no sample that it skips.

    A `for` starts at the loader's position (`epoch`, `position`) and, at its end, moves on to the next epoch. A loop
    left by `break` goes on where it stopped, and `next(iter(loader))` takes a batch; `seek` goes anywhere. Walking
    leaves the global random streams as they were. `run.steps(loader)` keeps a position of its own. Any other `for`
    while a run is going on (in its validation, say) leaves this position alone: it walks one whole epoch, in an order
    that follows from where the run stands.

    Args:
        dataset: a map-style data set; or a tensor, an array, or a tuple or list of them with equal first dimensions,
            each [samples, ...]. Those become a `TensorDataset`, whose batches are lists of tensors. Tensors and
            arrays are not copied: they are read in place, also after you change them (an array with negative strides
            or foreign byte order is copied once). A batch never shares memory with them.
        batch_size: samples in a batch, the last one aside.
        shuffle: whether each epoch has an order of its own.
        workers: processes that read batches ahead; 0 reads in this process, which is fastest for tensors in memory.
        collate: turns a list of samples into a batch; torch's default if None.
        drop_last: leave out the last batch when it is not full.
        lengths: one whole number a sample, or a function of a sample (called once on each, here): batches then hold
            samples of similar length. Shuffled, the permuted samples are sorted in pools of 100 batches and the
            batches are shuffled; otherwise all samples come sorted, shortest first. A batch that is not full is last.
        seed: decides order and augmentation, also inside a run. None takes the run's seed; without a run the one
            given to `seed_everything`, or else torch's initial seed, when it is first needed.
        pin_memory: copy batches into pinned memory, where there is an accelerator.
        prefetch: batches that each worker reads ahead.
        keep_workers: whether workers live on between epochs.
        worker_init: called with its number in each worker, before the first batch.
        timeout_s: how long to wait for a worker's batch, in seconds; 0 waits for ever.
        context: how workers are started ("fork", "spawn", "forkserver"); None is Python's default.

    Raises:
        UsageError: an argument that cannot work.

    >>> loader = Loader((torch.arange(5.0), torch.arange(5)), batch_size=2)
    >>> len(loader)
    3
    >>> [targets.tolist() for inputs, targets in loader]
    [[0, 1], [2, 3], [4]]
    >>> loader.epoch
    1
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,  # noqa: FBT001, FBT002 - the place that it has in torch's DataLoader
        *,
        workers: int = 0,
        collate: Callable[[list[Any]], Any] | None = None,
        drop_last: bool = False,
        lengths: Sequence[int] | Callable[[Any], int] | None = None,
        seed: int | None = None,
        pin_memory: bool = False,
        prefetch: int = 2,
        keep_workers: bool = True,
        worker_init: Callable[[int], None] | None = None,
        timeout_s: float = 0,
        context: Any = None,
    ) -> None:
        _check_number("batch_size", batch_size, least=1)
        _check_number("workers", workers, least=0)
        _check_number("prefetch", prefetch, least=1)
        self.dataset = as_tensor_dataset(dataset) if is_in_memory(dataset) else dataset
        _check_dataset(self.dataset, shuffle=shuffle)
        self.batch_size = batch_size
        self.epoch = 0
        self.position = 0
        self._seed = seed
        settings = Workers(
            count=workers,
            prefetch=prefetch if workers else None,
            keep=keep_workers and workers > 0,
            init=worker_init,
            timeout_s=timeout_s if workers else 0,
            context=context if workers else None,
            pin=pin_memory,
        )
        reader = Reader(self.dataset, collate or default_collate, batched=True, ordered=True)
        self.source = OrderedSource(
            self._make_order(lengths, shuffle=shuffle),
            batch_size,
            Delivery(reader, settings),
            drop_last=drop_last,
            seed=seed,
            advice=(
                *on_generators("the data set", self.dataset, workers, ()),
                *on_generators("the collate function", collate, workers, ()),
            ),
        )

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return self.source.batches()

    def __iter__(self) -> Iterator[Any]:
        """Give the batches from the current position to the end of the epoch; inside a run, of a whole epoch."""
        place = fork_key()
        if place is not None:
            yield from self._walk(0, Pass(place), 0)
            return
        epoch, start = self._settled()
        for number, batch in enumerate(self._walk(self._seed_in_use(), Pass(epoch), start), start):
            self.epoch, self.position = epoch, number + 1
            yield batch
        self.epoch, self.position = epoch + 1, 0

    def _walk(self, seed: int, at: Pass, start: int) -> Iterator[Any]:
        walk = self.source.open(seed, at, start)
        return _undisturbed(walk) if self.source.draws_here() else walk

    def __repr__(self) -> str:
        kind = type(self.dataset).__name__
        return f"Loader({kind} of {len(self.dataset)}, batch_size={self.batch_size}, at {self.epoch}/{self.position})"

    def seek(self, epoch: int, position: int = 0) -> None:
        """Go to a batch; the next `for` starts there. Nothing is read.

        Raises:
            UsageError: there is no such place.
        """
        _check_number("epoch", epoch, least=0)
        _check_number("position", position, least=0)
        if position > len(self):
            raise UsageError(f"position={position} was asked; an epoch of this loader has {len(self)} batches")
        self.epoch, self.position = epoch, position

    def state_dict(self) -> dict[str, Any]:
        """Return where the loader is, as plain numbers. The last batch of an epoch taken is the next one's start."""
        epoch, position = self._settled()
        return {
            "epoch": epoch,
            "position": position,
            "seed": self._seed_in_use(),
            "signature": self.source.signature(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go where another loader was.

        Raises:
            UsageError: that loader gave other batches: another data set, batch size, order or seed.
        """
        saved, mine = state["signature"], self.source.signature()
        for name in saved | mine:
            if saved.get(name) != mine.get(name):
                raise UsageError(
                    f"the saved position is of a loader with {name}={saved.get(name)!r}, this one has "
                    f"{mine.get(name)!r}: its batches would be others. Make the loader as it was, or start "
                    f"without this state"
                )
        if self._seed not in {None, state["seed"]}:
            raise UsageError(f"the saved position was reached with seed={state['seed']}, this loader has {self._seed}")
        self.seek(state["epoch"], state["position"])
        self._seed = state["seed"]

    def _make_order(self, lengths: Sequence[int] | Callable[[Any], int] | None, *, shuffle: bool) -> Order:
        if lengths is not None:
            return ByLength(read_lengths(lengths, self.dataset), self.batch_size, shuffle=shuffle)
        return Shuffled(self.dataset) if shuffle else InOrder(self.dataset)

    def _settled(self) -> tuple[int, int]:
        """Return the position; after the last batch that is the start of the next epoch, not an empty rest."""
        if self.position >= len(self) > 0:
            return self.epoch + 1, 0
        return self.epoch, self.position

    def _seed_in_use(self) -> int:
        if self._seed is None:
            seeded = current_seed()
            self._seed = torch.initial_seed() % 2**32 if seeded is None else seeded
        return self._seed


def _undisturbed(walk: Iterator[Any]) -> Iterator[Any]:
    """Walk so that whoever takes the batches finds the global streams as they left them."""
    while True:
        before = capture()
        try:
            batch = next(walk)
        except StopIteration:
            return
        finally:
            restore(before)
        yield batch


def _check_number(name: str, value: object, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise UsageError(f"{name}={value!r} was given; it is a whole number, {least} or more")


def _check_dataset(dataset: Any, *, shuffle: bool) -> None:
    kind = type(dataset).__name__
    if isinstance(dataset, IterableDataset):
        cannot = "cannot be shuffled" if shuffle else "has no positions"
        raise UsageError(
            f"{kind} is an iterable data set: it {cannot}, because its samples have no numbers. Give "
            f"torch.utils.data.DataLoader(dataset, ...) to run.steps, which replays it, or write a map-style data set"
        )
    if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
        raise UsageError(
            f"{kind} has no {'__getitem__' if hasattr(dataset, '__len__') else '__len__'}; a loader needs a data set "
            f"with both, or tensors. To walk an iterable of batches, give it to run.steps as it is"
        )
