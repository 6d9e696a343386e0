"""Optimizers: when they are built, each step, and settings that are written onto them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from retorch.checks._observations import OptimizerAttributeSet, OptimizerMade, StepBegins, StepDone
from retorch.checks._scene import Scene
from retorch.checks.probes._probe import Emit, Probe


class OptimizerProbe(Probe):
    """Uses torch's own hooks round every optimizer's step, and wraps the constructor and the setting of attributes."""

    tells = frozenset({OptimizerAttributeSet, OptimizerMade, StepBegins, StepDone})

    def __init__(self, emit: Emit, scene: Scene) -> None:
        super().__init__(emit, scene)
        self._handles: list[Any] = []

    def open(self) -> None:
        self._patches.put(Optimizer, "__init__", self._made)
        self._patches.put(Optimizer, "__setattr__", self._set)
        self._handles = [
            register_optimizer_step_pre_hook(self._guarded(lambda optimizer, *_: self._emit(StepBegins(optimizer)))),
            register_optimizer_step_post_hook(self._guarded(lambda optimizer, *_: self._emit(StepDone(optimizer)))),
        ]

    def close(self) -> None:
        super().close()
        for handle in self._handles:
            handle.remove()

    def _made(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        original(*args, **kwargs)
        self._emit(OptimizerMade(args[0]))

    def _set(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        original(*args, **kwargs)
        optimizer, name, value = args
        # Its groups have a setting of that name.
        if name in vars(optimizer).get("defaults", ()):
            self._emit(OptimizerAttributeSet(optimizer, name, value))
