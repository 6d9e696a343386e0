"""Orders: which sample comes when in a pass, as a pure function of a key."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sized
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import RandomSampler, SequentialSampler, SubsetRandomSampler, WeightedRandomSampler
from torch.utils.data.distributed import DistributedSampler

from retorch.data._source import JSON

Indices: TypeAlias = range | list[Any] | Tensor
"""Sample numbers; anything that can be sliced without touching what lies outside the slice."""

_STANDARD = (
    SequentialSampler,
    RandomSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
    DistributedSampler,
    list,
    tuple,
    range,
)


class Order(Protocol):
    """The order of the samples in one pass."""

    def __len__(self) -> int:
        """Return how many samples one pass takes."""

    def indices(self, order_key: int, epoch: int) -> Indices:
        """Return the sample numbers of one pass, first to last."""

    def facts(self) -> dict[str, JSON]:
        """Return what the order depends on besides the key."""


@dataclass(frozen=True, slots=True)
class InOrder:
    """First to last."""

    samples: Sized

    def __len__(self) -> int:
        return len(self.samples)

    def indices(self, order_key: int, epoch: int) -> range:  # noqa: ARG002 - an order that needs neither
        """Return a range: nothing is stored."""
        return range(len(self.samples))

    def facts(self) -> dict[str, JSON]:
        """Return the kind and the size."""
        return {"order": "sequential", "samples": len(self)}


@dataclass(frozen=True, slots=True)
class Shuffled:
    """Each sample once, permuted: exactly what a `RandomSampler` whose generator has the key would give."""

    samples: Sized

    def __len__(self) -> int:
        return len(self.samples)

    def indices(self, order_key: int, epoch: int) -> Tensor:  # noqa: ARG002 - the key holds the epoch
        """Return int64 [samples]. It stays a tensor: `tolist` of 10 M takes as long as the permutation."""
        return torch.randperm(len(self.samples), generator=private_generator(order_key), device="cpu")

    def facts(self) -> dict[str, JSON]:
        """Return the kind and the size."""
        return {"order": "shuffled", "samples": len(self)}


@dataclass(frozen=True, slots=True)
class Sampled:
    """Whatever one of torch's own samplers, or a plain list of numbers, gives."""

    sampler: Any

    def __len__(self) -> int:
        return len(self.sampler)

    def indices(self, order_key: int, epoch: int) -> list[Any]:
        """Walk a copy of the sampler that draws from a generator with the key; the user's own never moves."""
        if isinstance(self.sampler, DistributedSampler):
            self.sampler.set_epoch(epoch)
        sampler = copy.copy(self.sampler)
        if hasattr(sampler, "generator"):
            sampler.generator = private_generator(order_key, _device_of(sampler))
        # A default device that the user set would otherwise not fit the generator.
        with torch.device("cpu"):
            return list(sampler)

    def facts(self) -> dict[str, JSON]:
        """Return the kind and the sizes; for chosen samples also which."""
        facts: dict[str, JSON] = {"order": type(self.sampler).__name__, "samples": len(self)}
        if isinstance(self.sampler, RandomSampler | WeightedRandomSampler):
            facts["replacement"] = self.sampler.replacement
        if isinstance(self.sampler, RandomSampler):
            facts["drawn from"] = len(self.sampler.data_source)
        if isinstance(self.sampler, SubsetRandomSampler):
            facts["chosen"] = digest(self.sampler.indices)
        if isinstance(self.sampler, DistributedSampler):
            facts["replicas"] = self.sampler.num_replicas
            facts["sampler seed"] = self.sampler.seed
        return facts


def standard_order(sampler: object) -> Order | None:
    """Return the order of one of torch's own samplers, None for any other, also for a subclass of them."""
    if type(sampler) not in _STANDARD:
        return None
    if type(sampler) is SequentialSampler:
        return InOrder(sampler.data_source)
    if type(sampler) is RandomSampler and _takes_each_once(sampler):
        return Shuffled(sampler.data_source)
    return Sampled(sampler)


def private_generator(stream_key: int, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a new generator that starts at a key."""
    generator = torch.Generator(device=device)
    generator.manual_seed(stream_key)
    return generator


def digest(indices: Any) -> str:
    """Return 16 hex digits that stand for a sequence of numbers, or of anything with a stable text."""
    try:
        array = np.asarray(indices)
    except ValueError:  # parts of unequal length
        array = np.asarray(None)
    if array.dtype == object:
        array = np.asarray([repr(index) for index in indices])
    head = f"{array.dtype.kind}{array.shape}".encode()
    return hashlib.blake2b(head + np.ascontiguousarray(array).tobytes(), digest_size=8).hexdigest()


def _takes_each_once(sampler: RandomSampler) -> bool:
    return not sampler.replacement and sampler.num_samples == len(sampler.data_source)


def _device_of(sampler: object) -> torch.device | str:
    # A multinomial draw wants its generator where the weights are.
    return sampler.weights.device if isinstance(sampler, WeightedRandomSampler) else "cpu"
