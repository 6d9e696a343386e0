"""The global random streams of torch, NumPy and `random`: seed them, capture them, put them back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retorch.randomness._keys import key

# Asked once: this is looked at in every step.
_HAS_CUDA = torch.backends.cuda.is_built()
_HAS_MPS = torch.backends.mps.is_available()
_HAS_XPU = hasattr(torch, "xpu") and torch.xpu._is_compiled()  # noqa: SLF001 - what `torch.xpu` itself asks


@dataclass(slots=True)
class _Place:
    """What the global streams were last seeded from, and how many keys were forked from that since."""

    key: int | None = None
    forks: int = 0
    kept: bool = False


_place = _Place()


@dataclass(frozen=True, slots=True)
class Streams:
    """The state of every global generator at one moment; each part is a copy."""

    torch_cpu: Tensor
    numpy: Any
    python: Any
    accelerators: tuple[Tensor, ...]
    place: tuple[int | None, int]


def seed_streams(stream_key: int) -> None:
    """Seed the global generators of torch (CPU and every accelerator in use), NumPy and `random`.

    About 8 us on the CPU. `torch.manual_seed` does the same for torch and takes 270 us, because it visits
    every backend, used or not.

    Args:
        stream_key: an integer in [0, 2**32), as `key` makes it.
    """
    _place.key, _place.forks = stream_key, 0
    torch.default_generator.manual_seed(stream_key)
    np.random.seed(stream_key)  # noqa: NPY002 - the global stream is what users' code draws from
    random.seed(stream_key)
    for generator in _accelerator_generators():
        generator.manual_seed(stream_key)


def capture() -> Streams:
    """Copy the state of every global generator. About 66 us on the CPU."""
    return Streams(
        torch_cpu=torch.default_generator.get_state(),
        numpy=np.random.get_state(),  # noqa: NPY002
        python=random.getstate(),
        accelerators=tuple(generator.get_state() for generator in _accelerator_generators()),
        place=(_place.key, _place.forks),
    )


def restore(streams: Streams) -> None:
    """Put the global generators back to where `capture` found them. About 54 us on the CPU."""
    _place.key, _place.forks = streams.place
    torch.default_generator.set_state(streams.torch_cpu)
    np.random.set_state(streams.numpy)  # noqa: NPY002
    random.setstate(streams.python)
    # An accelerator that woke up in between has no captured state; it keeps its own.
    for generator, state in zip(_accelerator_generators(), streams.accelerators, strict=False):
        generator.set_state(state)


def keep_keyed(*, on: bool) -> None:
    """Say whether each stretch of code is seeded from its place in a run, from now on."""
    _place.kept = on


def fork_key() -> int | None:
    """Derive the key of one more stream from the place in the run where the code stands; None outside of a run.

    It draws nothing from the global streams. A second call at the same place gives another key.
    """
    if not _place.kept or _place.key is None:
        return None
    _place.forks += 1
    return key(_place.key, "fork", _place.forks)


@contextmanager
def scoped(stream_key: int) -> Iterator[None]:
    """Seed the global streams from a key inside a `with`, and put them back after it, exception or not.

    >>> with scoped(key(7, "validation", 0)):
    ...     noise = torch.rand(2)
    """
    before = capture()
    try:
        seed_streams(stream_key)
        yield
    finally:
        restore(before)


def _accelerator_generators() -> tuple[Any, ...]:
    """Return the default generators of the accelerators that this process has woken up.

    One that still sleeps is not touched: waking it would cost memory and time in a run that never uses it.
    """
    if _HAS_CUDA and torch.cuda.is_initialized():
        return tuple(torch.cuda.default_generators)
    if _HAS_MPS:
        return (torch.mps._get_default_mps_generator(),)  # noqa: SLF001 - torch has no public door to it
    if _HAS_XPU and torch.xpu.is_initialized():
        return tuple(torch.xpu.default_generators)
    return ()


def _seed_cuda_when_it_wakes() -> None:
    """Give CUDA's generators the key in force at the moment when CUDA is first used.

    Without this they would start from the seed of the process, so a run that woke CUDA in step 0 and its
    resume that wakes it in step 500 would draw different numbers in that first step.
    """

    def seed_now() -> None:
        if _place.key is not None:
            for generator in torch.cuda.default_generators:
                generator.manual_seed(_place.key)

    torch.cuda._lazy_call(seed_now)  # noqa: SLF001 - the hook that `torch.cuda.manual_seed_all` itself uses


if torch.cuda.is_available() and not torch.cuda.is_initialized():
    _seed_cuda_when_it_wakes()
