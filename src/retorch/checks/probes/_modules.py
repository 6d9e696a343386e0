"""Calls of modules, and what moves them or replaces their parameters."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from retorch.checks._observations import ModuleBegins, ModuleDone, ModuleMoved
from retorch.checks.probes._probe import Probe


class ModuleProbe(Probe):
    """Wraps every module's call, and what `to`, `cuda` and `half` have in common.

    Calls inside of others are told only while somebody looks that closely.

    Torch's own global hooks would do for the calls, but `torch.compile` warns of them, and they make each call slower.
    """

    tells = frozenset({ModuleBegins, ModuleDone, ModuleMoved})

    def open(self) -> None:
        self._patches.put(nn.Module, "__call__", self._called, also_inside=True)
        self._patches.put(nn.Module, "_apply", self._moved)
        self._patches.put(torch.utils, "swap_tensors", self._swapped)

    def _called(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        running = self._scene.running
        module, depth, grad_enabled = args[0], len(running), torch.is_grad_enabled()
        if depth and not self._scene.attention.modules:
            return original(*args, **kwargs)
        given = (*args[1:], *kwargs.values())
        self._emit(ModuleBegins(module, given, depth, grad_enabled))
        running.append(module)
        try:
            output = original(*args, **kwargs)
        finally:
            del running[depth:]
        self._emit(ModuleDone(module, given, output, depth, grad_enabled))
        return output

    def _moved(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        module: nn.Module = args[0]
        before = list(module.parameters())
        result = original(*args, **kwargs)
        after = list(module.parameters())
        replaced = len(before) != len(after) or any(old is not new for old, new in zip(before, after, strict=False))
        self._emit(ModuleMoved(module, replaced))
        return result

    def _swapped(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if any(weakref.getweakrefs(each) for each in (*args, *kwargs.values())):
            self._scene.give_up("torch.utils.swap_tensors refuses tensors to which anybody holds a weak reference")
            gc.collect()
        return original(*args, **kwargs)
