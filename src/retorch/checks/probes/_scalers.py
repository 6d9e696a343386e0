"""Gradient scalers of mixed precision."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, get_args

import torch

from retorch.checks._observations import ScalerCalled
from retorch.checks.probes._probe import Probe

Act = Literal["scale", "unscale_", "step", "update"]


class ScalerProbe(Probe):
    """Wraps the methods of `torch.amp.GradScaler`, from which the older ones inherit."""

    tells = frozenset({ScalerCalled})

    def open(self) -> None:
        for act in get_args(Act):
            self._patches.put(torch.amp.GradScaler, act, partial(self._called, act))

    def _called(self, act: Act, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        result = original(*args, **kwargs)
        given = next(iter((*args[1:], *kwargs.values())), None)
        self._emit(ScalerCalled(args[0], act, given, result))
        return result
