"""Stateless randomness: each random stream is a pure function of (seed, purpose, position).

A key derived from those three seeds the global generators of torch, NumPy and `random`, so a resume restores
numbers, never generators. Start at `key`; `seed_everything` is what users call before they build a model.
"""

from retorch.randomness._keys import key
from retorch.randomness._seeding import SeedReport, current_seed, seed_everything, was_seeded
from retorch.randomness._streams import Streams, capture, fork_key, keep_keyed, restore, scoped, seed_streams
from retorch.randomness._threads import logical_threads, single_threaded

__all__ = [
    "SeedReport",
    "Streams",
    "capture",
    "current_seed",
    "fork_key",
    "keep_keyed",
    "key",
    "logical_threads",
    "restore",
    "scoped",
    "seed_everything",
    "seed_streams",
    "single_threaded",
    "was_seeded",
]
