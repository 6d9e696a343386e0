"""Keys: (seed, purpose, position) in, 32 mixed bits out."""

from __future__ import annotations

import hashlib


def key(seed: int, purpose: str, *position: int) -> int:
    """Derive the 32-bit key of one random stream.

    CPU torch and NumPy take 32 bits of a seed, so the key is a mixed hash cut to 32 bits; position fields
    packed into high bits would be thrown away by both.

    Args:
        seed: the seed of the run, any integer.
        purpose: what the stream is for, such as "order" or "step". Streams of two purposes are unrelated.
        position: whole numbers that say where in the run, such as (epoch, batch).

    Returns:
        An integer in [0, 2**32).

    >>> key(7, "order", 0) == key(7, "order", 0)
    True
    >>> key(7, "order", 0) == key(7, "order", 1)
    False
    """
    # The separator keeps (1, 23) and (12, 3) apart.
    text = f"{seed}/{purpose}/{'/'.join(map(str, position))}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little")
