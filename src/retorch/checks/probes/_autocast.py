"""Autocast: when a region begins, and when the weights that it has cast are forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from retorch.checks._observations import AutocastEntered, CastsForgotten
from retorch.checks.probes._probe import Probe


class AutocastProbe(Probe):
    """Wraps the entry of `torch.autocast`, and the function by which its outermost exit empties the cache."""

    tells = frozenset({AutocastEntered, CastsForgotten})

    def open(self) -> None:
        self._patches.put(torch.autocast, "__enter__", self._entered)
        self._patches.put(torch, "clear_autocast_cache", self._forgotten)

    def _entered(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        result = original(*args, **kwargs)
        self._emit(AutocastEntered())
        return result

    def _forgotten(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        original(*args, **kwargs)
        self._emit(CastsForgotten())
