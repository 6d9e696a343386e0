"""`generators_fingerprint`: 64 bits for the states of the global random generators."""

from __future__ import annotations

import ctypes
import random
import struct
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.random import RandomState
from xxhash import xxh3_64_intdigest

from retorch.fingerprints._batch import fingerprint_batch
from retorch.fingerprints._mixing import combine, seed_of

_SEED, _GAUSS = seed_of("generators"), seed_of("gauss")
_STATE = ctypes.c_char * 2500  # of a Mersenne twister: 624 words of 32 bits, and the place in them
_GAUSS_STATE = ctypes.c_char * 16  # whether a number is kept, and the number


def generators_fingerprint() -> int:
    """Return the fingerprint of the states of the global generators of torch (CPU), NumPy and `random`.

    Draws nothing and changes nothing. Equal states give equal fingerprints, in any process.

    NumPy and `random` copy their states out in 32 and 8 us, more than the rest of a step's record takes. So the states
    are read where they lie in memory, once a trial in this process has shown that this gives what the libraries say;
    where it does not (another Python, another kind of generator), the libraries are asked each time.

    >>> before = generators_fingerprint()
    >>> _ = torch.rand(1)
    >>> generators_fingerprint() == before
    False
    """
    return combine(_SEED, (_torch_state(), *_numpy_state(), *_python_state()))


def _torch_state() -> int:
    state = torch.default_generator.get_state()
    return xxh3_64_intdigest((ctypes.c_char * state.nbytes).from_address(state.data_ptr()))


def _numpy_state() -> tuple[int, int]:
    generator: RandomState = np.random.mtrand._rand  # noqa: SLF001 - what np.random.rand() draws from
    bits = generator._bit_generator  # noqa: SLF001 - the public name for it is a slow one
    offset = _gauss_offset()
    if type(bits) is not np.random.MT19937 or offset is None:
        return numpy_state_as_told(generator)
    return xxh3_64_intdigest(_STATE.from_address(bits.ctypes.state_address)), _gauss(_read_gauss(generator, offset))


def numpy_state_as_told(generator: RandomState) -> tuple[int, int]:
    """Return the same as `_numpy_state`, by NumPy's public way."""
    told: Any = generator.get_state(legacy=False)
    gauss = _gauss(told["gauss"] if told["has_gauss"] else None)
    if told["bit_generator"] != "MT19937":
        return fingerprint_batch(told["state"]), gauss
    state = told["state"]
    return xxh3_64_intdigest(struct.pack("<624Ii", *state["key"].tolist(), state["pos"])), gauss


def _python_state() -> tuple[int, int]:
    generator: random.Random = random._inst  # noqa: SLF001 - what random.random() draws from
    offset = _python_offset()
    if offset is None:
        return python_state_as_told(generator)
    return xxh3_64_intdigest(_STATE.from_address(id(generator) + offset)), _gauss(generator.gauss_next)  # type: ignore[attr-defined]


def python_state_as_told(generator: random.Random) -> tuple[int, int]:
    """Return the same as `_python_state`, by Python's public way."""
    _, words, gauss = generator.getstate()
    return xxh3_64_intdigest(struct.pack("<i624I", words[-1], *words[:-1])), _gauss(gauss)


def _gauss(value: float | None) -> int:
    """Both libraries draw normal numbers in pairs, and keep the second one for the next call."""
    return 0 if value is None else xxh3_64_intdigest(struct.pack("<d", value), _GAUSS)


@cache
def _python_offset() -> int | None:
    """Return where in a generator's object its place and its words lie."""
    trial = random.Random(7)
    _, words, _ = trial.getstate()
    told = struct.pack("<i624I", words[-1], *words[:-1])
    at = ctypes.string_at(id(trial), random.Random.__basicsize__).find(told)
    if at < 0:
        return None
    trial.gauss(0, 1)
    shown = xxh3_64_intdigest(_STATE.from_address(id(trial) + at)), _gauss(trial.gauss_next)  # type: ignore[attr-defined]
    return at if shown == python_state_as_told(trial) else None


@cache
def _gauss_offset() -> int | None:
    """Return where in a legacy generator's object its kept normal number lies.

    It follows a pointer to another part of the object: the only such pointer there is.
    """
    trial = RandomState(7)
    memory = _words(trial)
    inside = [at for at, word in enumerate(memory) if id(trial) <= word < id(trial) + 8 * len(memory)]
    if len(inside) != 1 or inside[0] + 3 > len(memory):
        return None
    offset = 8 * (inside[0] + 1)
    return offset if all(_shows_gauss(trial, offset) for _ in range(4)) else None


def _words(generator: RandomState) -> tuple[int, ...]:
    count = RandomState.__basicsize__ // 8
    return struct.unpack(f"{count}Q", ctypes.string_at(id(generator), 8 * count))


def _shows_gauss(trial: RandomState, offset: int) -> bool:
    trial.standard_normal()
    told: Any = trial.get_state(legacy=False)
    return _read_gauss(trial, offset) == (told["gauss"] if told["has_gauss"] else None)


def _read_gauss(generator: RandomState, offset: int) -> float | None:
    kept, value = struct.unpack("<ixxxxd", _GAUSS_STATE.from_address(id(generator) + offset))
    return value if kept else None
