"""Global settings of torch that decide whether a run can be repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.backends import ContextProp, cudnn

from retorch.checks._observations import SettingChanged
from retorch.checks.probes._probe import Probe


class SettingProbe(Probe):
    """Wraps what assigns `torch.backends.cudnn.benchmark` and its like, and `use_deterministic_algorithms`."""

    tells = frozenset({SettingChanged})

    def open(self) -> None:
        self._patches.put(ContextProp, "__set__", self._assigned)
        self._patches.put(torch, "use_deterministic_algorithms", self._called)

    def _assigned(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        original(*args, **kwargs)
        setting, owner, value = args
        if type(owner) is type(cudnn):
            name = next((name for name, each in vars(type(owner)).items() if each is setting), "")
            self._emit(SettingChanged(f"torch.backends.cudnn.{name}", value))

    def _called(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        original(*args, **kwargs)
        self._emit(SettingChanged("torch.use_deterministic_algorithms", torch.are_deterministic_algorithms_enabled()))
