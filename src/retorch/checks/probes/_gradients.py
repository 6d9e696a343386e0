"""What happens to gradients between backward and step: clearing and clipping."""

from __future__ import annotations

from collections.abc import Callable
from types import GeneratorType
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from retorch.checks._observations import GradientsCleared, GradientsClipped
from retorch.checks.probes._probe import Probe


class GradientProbe(Probe):
    """Wraps `zero_grad` of optimizers and modules, and the functions that clip."""

    tells = frozenset({GradientsCleared, GradientsClipped})

    def open(self) -> None:
        for owner in (Optimizer, nn.Module):
            self._patches.put(owner, "zero_grad", self._cleared)
        for name in ("clip_grad_norm_", "clip_grad_value_"):
            # The same function under the two names by which people import it.
            for module in (nn.utils.clip_grad, nn.utils):
                self._patches.put(module, name, self._clipped)

    def _cleared(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        original(*args, **kwargs)
        self._emit(GradientsCleared(args[0]))

    def _clipped(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        given = args[0] if args else kwargs.get("parameters", ())
        parameters = (given,) if isinstance(given, Tensor) else tuple(given)
        # A generator can be walked once: hand another one on, for torch warns of one that is empty.
        handed = (each for each in parameters) if isinstance(given, GeneratorType) else parameters
        rest = args[1:] if args else ()
        result = original(handed, *rest, **{name: each for name, each in kwargs.items() if name != "parameters"})
        limit = rest[0] if rest else kwargs.get("max_norm", kwargs.get("clip_value"))
        self._emit(GradientsClipped(parameters, result if isinstance(result, torch.Tensor) else None, limit))
        return result
