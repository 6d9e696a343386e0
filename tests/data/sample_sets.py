"""Data sets and samplers that the tests of this room share."""

import random

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, Sampler

from retorch.data import Pass, adopt

SEED = 7
FIRST = Pass(epoch=0)


class Augmented(Dataset):
    """Number of the sample, and one draw from each global stream."""

    def __init__(self, size=23):
        self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        return index, torch.rand(2), np.random.rand(), random.random()


class Recording(Dataset):
    """Remembers what was read."""

    def __init__(self, size):
        self.size = size
        self.read = []

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        self.read.append(index)
        return index


class Wandering(Sampler):
    """Draws globally, draws from a generator of its own, and counts its passes: everything that a replay must place."""

    def __init__(self, size, *, sized=True):
        self.size = size
        self.sized = sized
        self.passes = 0
        self.own = random.Random(3)

    def __len__(self):
        if not self.sized:
            raise TypeError
        return self.size

    def __iter__(self):
        start = int(torch.randint(self.size, ()))
        for step in range(self.size):
            yield (start + step * self.own.randrange(5) + self.passes + np.random.randint(3)) % self.size
        self.passes += 1


class Stream(IterableDataset):
    """Draws globally, remembers between passes, and shares itself out among workers."""

    def __init__(self, size=20):
        self.size = size
        self.passes = 0
        self.own = random.Random(5)

    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        first, stride = (0, 1) if info is None else (info.id, info.num_workers)
        for number in range(first, self.size, stride):
            yield number, self.passes, self.own.random(), torch.rand(()), np.random.rand(), random.random()
        self.passes += 1


class Subclassed(DataLoader):
    """A loader whose walk nobody can know."""

    def __iter__(self):
        for batch in super().__iter__():
            yield batch, torch.rand(())


class Iterated:
    """An iterable of batches that remembers how often it was walked."""

    def __init__(self, size=9):
        self.size = size
        self.passes = 0

    def __iter__(self):
        for number in range(self.size):
            yield torch.rand(3) + number + self.passes
        self.passes += 1


def flat(batch):
    """Everything in a batch as bytes, types and dtypes, so that `==` compares bits."""
    if isinstance(batch, torch.Tensor):
        return ("tensor", str(batch.dtype), tuple(batch.shape), batch.stride(), bits_of(batch))
    if isinstance(batch, np.ndarray):
        return ("array", str(batch.dtype), batch.shape, batch.tobytes())
    if isinstance(batch, dict):
        return (type(batch), tuple((name, flat(part)) for name, part in batch.items()))
    if isinstance(batch, list | tuple):
        return (type(batch), tuple(flat(part) for part in batch))
    return (type(batch), batch)


def bits_of(tensor):
    plain = tensor.detach().resolve_conj().contiguous()
    return plain.view(torch.uint8).numpy().tobytes() if plain.dim() else plain.numpy().tobytes()


def walked(loader, at=FIRST, start=0, past=(), seed=SEED):
    """The batches of one pass, as bits."""
    return [flat(batch) for batch in adopt(loader).open(seed, at, start, past)]


def some(source, count, at, start=0, past=()):
    """The first batches of a pass that is then left."""
    walk = source.open(SEED, at, start, past)
    taken = [flat(next(walk)) for _ in range(count)]
    walk.close()
    return taken


def rest_after(source, at, start, past):
    return [flat(batch) for batch in source.open(SEED, at, start, past)]
