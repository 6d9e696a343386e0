"""How numbers become one: seeds from names, and the mixing function of splitmix64."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from xxhash import xxh3_64_intdigest

MASK = (1 << 64) - 1
PHI = 0x9E3779B97F4A7C15
FIRST_FACTOR = 0xBF58476D1CE4E5B9
SECOND_FACTOR = 0x94D049BB133111EB


def seed_of(text: str) -> int:
    """Return a seed for what a text names."""
    return xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))


def tensor_seed(dtype: str, shape: Iterable[int]) -> int:
    """Return the seed of all tensors of one dtype ("float32") and shape.

    >>> tensor_seed("float32", (2, 3)) == tensor_seed("float32", (3, 2))
    False
    """
    return seed_of(f"{dtype}{[int(size) for size in shape]}")


def combine(seed: int, numbers: Sequence[int]) -> int:
    """Return one fingerprint for several, in their order."""
    return xxh3_64_intdigest(_packer(len(numbers))(*numbers), seed) or 1


def mix(number: int) -> int:
    """Stir 64 bits so that each one of them decides about every other; no two numbers give the same.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, with the constants of
    Vigna's splitmix64.

    >>> mix(0), hex(mix(PHI))
    (0, '0xe220a8397b1dcdaf')
    """
    number = (number ^ (number >> 30)) * FIRST_FACTOR & MASK
    number = (number ^ (number >> 27)) * SECOND_FACTOR & MASK
    return number ^ (number >> 31)


@lru_cache
def _packer(count: int) -> Callable[..., bytes]:
    return struct.Struct(f"<{count}Q").pack
