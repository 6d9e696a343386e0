"""Modules and parameters as they are built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from retorch.checks._observations import ModuleMade, ParameterMade
from retorch.checks.probes._probe import Probe


class MadeProbe(Probe):
    """Wraps `Module.__init__`, which every module calls before it has anything, and the making of a parameter."""

    tells = frozenset({ModuleMade, ParameterMade})

    def open(self) -> None:
        self._patches.put(nn.Module, "__init__", self._made)
        self._patches.put(nn.Parameter, "__new__", self._parameter_made)

    def _made(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        original(*args, **kwargs)
        self._emit(ModuleMade(args[0]))

    def _parameter_made(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        parameter = original(*args, **kwargs)
        data = args[1] if len(args) > 1 else kwargs.get("data")
        self._emit(ParameterMade(parameter, data if isinstance(data, Tensor) else None))
        return parameter
