"""Train and eval mode, as the user sets it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from retorch.checks._observations import ModeSet
from retorch.checks.probes._probe import Probe


class ModeProbe(Probe):
    """Wraps `Module.train`, which `eval` calls too."""

    tells = frozenset({ModeSet})

    def open(self) -> None:
        self._patches.put(nn.Module, "train", self._set)

    def _set(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        result = original(*args, **kwargs)
        training = args[1] if len(args) > 1 else kwargs.get("mode", True)
        self._emit(ModeSet(args[0], bool(training)))
        return result
