"""`state_dict` and `load_state_dict` of modules and optimizers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn
from torch.optim import Optimizer

from retorch.checks._observations import StateBegins, StateLoaded, StateTaken
from retorch.checks.probes._probe import Probe


class StateProbe(Probe):
    """Wraps both methods of `nn.Module` and `Optimizer`; a call that one makes for its children is not told."""

    tells = frozenset({StateTaken, StateBegins, StateLoaded})

    def open(self) -> None:
        for owner in (nn.Module, Optimizer):
            self._patches.put(owner, "state_dict", self._taken)
            self._patches.put(owner, "load_state_dict", self._loaded)

    def _taken(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        state = original(*args, **kwargs)
        self._emit(StateTaken(args[0], state))
        return state

    def _loaded(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        owner = args[0]
        state = args[1] if len(args) > 1 else kwargs["state_dict"]
        strict = bool(args[2] if len(args) > 2 else kwargs.get("strict", True)) or isinstance(owner, Optimizer)
        self._emit(StateBegins(owner, state, strict))
        result = original(*args, **kwargs)
        missing, unexpected = getattr(result, "missing_keys", ()), getattr(result, "unexpected_keys", ())
        self._emit(StateLoaded(owner, state, strict, tuple(missing), tuple(unexpected)))
        return result
