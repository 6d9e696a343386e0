"""Arrays of NumPy's that become tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from retorch.checks._observations import ArrayTaken
from retorch.checks.probes._compilers import forget_functions
from retorch.checks.probes._probe import Probe


class ArrayProbe(Probe):
    """Wraps `torch.from_numpy`, which no mode of torch is asked about."""

    tells = frozenset({ArrayTaken})

    def open(self) -> None:
        self._patches.put(torch, "from_numpy", self._taken)
        forget_functions()

    def close(self) -> None:
        super().close()
        forget_functions()

    def _taken(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        tensor = original(*args, **kwargs)
        self._emit(ArrayTaken(next(iter((*args, *kwargs.values()))), tensor))
        return tensor
