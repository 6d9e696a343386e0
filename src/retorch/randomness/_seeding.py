"""`seed_everything`: one call before the model is built."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch

from retorch.errors import UsageError, notice
from retorch.randomness._streams import seed_streams

_CUBLAS_WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"
_CUBLAS_DETERMINISTIC = (":4096:8", ":16:8")

_current_seed: int | None = None


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What `seed_everything` did.

    Attributes:
        seed: the seed that every generator was given.
        deterministic: whether deterministic algorithms were asked for.
        too_late: what could not take effect any more, one sentence each.
    """

    seed: int
    deterministic: bool
    too_late: tuple[str, ...] = ()


def seed_everything(seed: int, *, deterministic: bool = False) -> SeedReport:
    """Seed `random`, NumPy, torch and all accelerators. Call it before the model is built.

    Args:
        seed: an integer in [0, 2**32): NumPy takes no more, and CPU torch uses no more.
        deterministic: also ask for deterministic algorithms, cuDNN's deterministic kernels without its
            benchmark mode, and cuBLAS's fixed workspace. Operations without a deterministic form then raise.
            It stays on for the process; `False` leaves those settings as they are.

    Returns:
        A report; its `too_late` names each setting that came too late to take effect. A notice says it too.

    Raises:
        UsageError: the seed is no integer or out of range.

    Source: PyTorch documentation, "Reproducibility".

    >>> seed_everything(7).seed
    7
    """
    global _current_seed  # noqa: PLW0603 - loaders and runs without a seed of their own use it
    _check(seed)
    # torch.manual_seed also queues the seed for accelerators that this process has not woken up yet.
    torch.manual_seed(seed)
    seed_streams(seed)
    _current_seed = seed
    too_late = _make_deterministic() if deterministic else ()
    for sentence in too_late:
        notice(sentence)
    return SeedReport(seed, deterministic, too_late)


def current_seed() -> int | None:
    """Return the seed last given to `seed_everything` in this process, or None."""
    return _current_seed


def was_seeded() -> bool:
    """Tell whether torch's CPU generator was seeded by somebody, rather than at random by the process.

    A process that nobody seeded starts from 64 random bits; a person's seed is nearly always below 2**32.
    """
    return _current_seed is not None or torch.initial_seed() < 2**32


def _check(seed: int) -> None:
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise UsageError(f"seed={seed!r} was given; a seed is a whole number from 0 to 4294967295")
    if not 0 <= seed < 2**32:
        raise UsageError(
            f"seed={seed} is out of range; take one from 0 to 4294967295 (NumPy and CPU torch use 32 bits)"
        )


def _make_deterministic() -> tuple[str, ...]:
    too_late = []
    workspace = os.environ.get(_CUBLAS_WORKSPACE)
    if workspace not in _CUBLAS_DETERMINISTIC:
        os.environ[_CUBLAS_WORKSPACE] = _CUBLAS_DETERMINISTIC[0]
        if torch.cuda.is_initialized():
            too_late.append(
                f"{_CUBLAS_WORKSPACE} was {workspace!r} when CUDA started, so cuBLAS may stay nondeterministic: "
                f"call seed_everything(..., deterministic=True) before the first use of a GPU, "
                f"or start with {_CUBLAS_WORKSPACE}={_CUBLAS_DETERMINISTIC[0]}"
            )
    torch.use_deterministic_algorithms(True)  # noqa: FBT003
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    return tuple(too_late)
