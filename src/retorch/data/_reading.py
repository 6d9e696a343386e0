"""Reading one batch: the samples that its indices name, under the key that came with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from retorch.data._tensors import tensor_rows
from retorch.randomness import seed_streams

Task: TypeAlias = tuple[int, Any]
"""One batch to read: the key for the random streams, and the indices (one index where nothing is collated)."""


class Reader:
    """Reads batches from a map-style data set, exactly as torch's fetcher does.

    Everything that randomness needs travels in the task, so a copy in a worker process needs no state.

    Args:
        dataset: a map-style data set.
        collate: turns a list of samples into a batch; with `batched=False`, is applied to the one sample.
        batched: whether a task holds the indices of a batch, or one index that is used as it is.
        ordered: whether the indices are slices of an `Order`. Tensors in memory may then be read a whole batch at
            once; a user's own sampler may give anything, and is served sample by sample.
    """

    def __init__(self, dataset: Any, collate: Callable[[Any], Any], *, batched: bool, ordered: bool) -> None:
        self.dataset = dataset
        self.collate = collate
        self.batched = batched
        self.ordered = ordered
        self._read: Callable[[Any], Any] | None = None
        self._draws = True

    def fresh(self) -> Reader:
        """Return a reader that looks at the data set anew, as torch does at the start of each pass."""
        return Reader(self.dataset, self.collate, batched=self.batched, ordered=self.ordered)

    def draws(self) -> bool:
        """Tell whether reading runs code of the user's, which may draw random numbers."""
        self._prepare()
        return self._draws

    def __getitem__(self, task: Task) -> Any:
        """Return one batch. The name is what torch's workers call."""
        # Prepared at the first task and not before: in a worker, `worker_init_fn` may have changed the data set.
        read = self._read or self._prepare()
        stream_key, indices = task
        if self._draws:
            seed_streams(stream_key)
        return read(indices)

    def _prepare(self) -> Callable[[Any], Any]:
        if self._read is None:
            rows = tensor_rows(self.dataset, self.collate) if self.ordered and self.batched else None
            self._draws = rows is None
            self._read = rows or (self._read_samples if self.batched else self._read_one)
        return self._read

    def _read_samples(self, indices: Any) -> Any:
        if getattr(self.dataset, "__getitems__", None):
            return self.collate(self.dataset.__getitems__(indices))
        return self.collate([self.dataset[index] for index in indices])

    def _read_one(self, index: Any) -> Any:
        return self.collate(self.dataset[index])
