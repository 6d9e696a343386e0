"""Seeds of the global generators."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np
import torch

from retorch.checks._observations import SeedBegins, Seeded
from retorch.checks.probes._probe import Probe

_SEEDERS: tuple[tuple[Any, str, Literal["torch", "numpy", "random"]], ...] = (
    (torch, "manual_seed", "torch"),
    (torch.random, "manual_seed", "torch"),
    (np.random, "seed", "numpy"),
    (random, "seed", "random"),
)


class SeedProbe(Probe):
    """Wraps `torch.manual_seed`, `numpy.random.seed` and `random.seed`."""

    tells = frozenset({SeedBegins, Seeded})

    def open(self) -> None:
        for module, name, generator in _SEEDERS:
            self._patches.put(module, name, partial(self._seeded, generator))

    def _seeded(
        self, generator: Literal["torch", "numpy", "random"], original: Callable[..., Any], args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:  # fmt: skip
        seed = next(iter((*args, *kwargs.values())), None)
        self._emit(SeedBegins(generator, seed))
        result = original(*args, **kwargs)
        self._emit(Seeded(generator, seed))
        return result
