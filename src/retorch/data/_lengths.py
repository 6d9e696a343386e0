"""Batches of similar length, so that little of a padded batch is padding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from retorch.data._order import digest, private_generator
from retorch.data._source import JSON
from retorch.errors import UsageError
from retorch.randomness import key, scoped, single_threaded

_POOL_BATCHES = 100


class ByLength:
    """Samples of similar length side by side.

    Shuffled: the permuted samples are cut into pools of 100 batches, sorted by length inside a pool and cut into
    batches, and the batches are shuffled. Otherwise all samples are sorted by length, shortest first.
    A batch that is not full comes last, so that batch n starts at sample n times batch size; which samples it holds
    is drawn at random, so that `drop_last` favours no length.

    Args:
        lengths: int64 [samples], zero or more.
        batch_size: samples in a full batch.
        shuffle: whether to shuffle.
    """

    def __init__(self, lengths: Tensor, batch_size: int, *, shuffle: bool) -> None:
        self._digest = digest(lengths)
        # Ranks instead of lengths, so that pool number and rank fit into one sort key whatever the lengths are.
        self._ranks = torch.unique(lengths, return_inverse=True)[1]
        self._batch_size = batch_size
        self._shuffle = shuffle

    def __len__(self) -> int:
        return len(self._ranks)

    def indices(self, order_key: int, epoch: int) -> Tensor:  # noqa: ARG002 - the key holds the epoch
        """Return int64 [samples], batch after batch."""
        if not self._shuffle:
            return torch.argsort(self._ranks, stable=True)
        generator = private_generator(order_key)
        return self._shuffle_batches(self._sort_in_pools(generator), generator)

    def facts(self) -> dict[str, JSON]:
        """Return the kind, the size and a digest of the lengths."""
        kind = "shuffled by length" if self._shuffle else "sorted by length"
        return {"order": kind, "samples": len(self), "lengths": self._digest}

    def _sort_in_pools(self, generator: torch.Generator) -> Tensor:
        samples = torch.randperm(len(self), generator=generator, device="cpu")
        pools = torch.arange(len(self), device="cpu") // (_POOL_BATCHES * self._batch_size)
        return samples[torch.argsort(pools * len(self) + self._ranks[samples], stable=True)]

    def _shuffle_batches(self, samples: Tensor, generator: torch.Generator) -> Tensor:
        full, left_over = divmod(len(samples), self._batch_size)
        # The short batch is taken out between two batches of the last pool; what remains is full batches.
        first = full // _POOL_BATCHES * _POOL_BATCHES
        cut = int(torch.randint(first, full + 1, (), generator=generator, device="cpu")) * self._batch_size
        short = samples[cut : cut + left_over]
        batches = torch.cat([samples[:cut], samples[cut + left_over :]]).view(full, self._batch_size)
        order = torch.randperm(full, generator=generator, device="cpu")
        return torch.cat([batches[order].flatten(), short])


def read_lengths(lengths: Sequence[int] | Callable[[Any], int], dataset: Any) -> Tensor:
    """Return one length a sample, int64 [samples]; a function is called on every sample, once.

    Raises:
        UsageError: not one whole number of zero or more for each sample.
    """
    values = _measure(lengths, dataset) if callable(lengths) else lengths
    try:
        tensor = torch.as_tensor(values, device="cpu")
    except (TypeError, ValueError, RuntimeError) as error:
        raise UsageError(f"lengths= needs one whole number a sample; it could not be read ({error})") from error
    if tensor.shape != (len(dataset),):
        raise UsageError(
            f"lengths= has shape {list(tensor.shape)} and the data set has {len(dataset)} samples; "
            f"give one whole number a sample, in the order of the data set"
        )
    return _whole_numbers(tensor)


def _measure(length_of: Callable[[Any], int], dataset: Any) -> list[int]:
    with scoped(key(0, "lengths")), single_threaded():
        return [int(length_of(dataset[number])) for number in range(len(dataset))]


def _whole_numbers(lengths: Tensor) -> Tensor:
    if len(lengths) == 0:
        return lengths.to(torch.int64)
    if lengths.dtype.is_floating_point or lengths.dtype.is_complex or lengths.dtype == torch.bool:
        raise UsageError(f"lengths= holds {lengths.dtype}; lengths are whole numbers, such as the tokens of a text")
    if int(lengths.min()) < 0:
        at = int(lengths.argmin())
        raise UsageError(f"lengths= says {int(lengths[at])} for sample {at}; a length is zero or more")
    return lengths.to(torch.int64)
