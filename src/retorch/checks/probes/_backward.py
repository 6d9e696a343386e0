"""Backward passes, and which gradients they wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from retorch.checks._observations import BackwardBegins, BackwardDone
from retorch.checks._scene import Scene
from retorch.checks._writes import Mark, mark_of
from retorch.checks.probes._probe import Emit, Probe


class BackwardProbe(Probe):
    """Wraps `Tensor.backward`, `torch.autograd.backward` and `torch.autograd.grad`."""

    tells = frozenset({BackwardBegins, BackwardDone})

    def __init__(self, emit: Emit, scene: Scene) -> None:
        super().__init__(emit, scene)
        self._running = False

    def open(self) -> None:
        self._patches.put(torch.Tensor, "backward", self._accumulating)
        self._patches.put(torch.autograd, "backward", self._accumulating)
        self._patches.put(torch.autograd, "grad", self._returning)

    def _accumulating(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._tell(original, args, kwargs, accumulates=True)

    def _returning(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._tell(original, args, kwargs, accumulates=False)

    def _tell(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], *, accumulates: bool
    ) -> Any:
        if self._running:  # Tensor.backward calls torch.autograd.backward
            return original(*args, **kwargs)
        self._running = True
        try:
            roots = _roots(args, kwargs)
            self._emit(BackwardBegins(roots, accumulates, _is_weighted(args, kwargs, 1 if accumulates else 2)))
            before = self._marks() if accumulates else {}
            result = original(*args, **kwargs)
            self._emit(BackwardDone(roots, accumulates, self._written_since(before)))
        finally:
            self._running = False
        return result

    def _marks(self) -> dict[int, tuple[Tensor, Mark]]:
        with torch._C.DisableTorchFunction():  # noqa: SLF001 - no mode of the user's sees us look
            return {id(parameter): (parameter, mark_of(parameter)) for parameter in self._scene.parameters()}

    def _written_since(self, before: dict[int, tuple[Tensor, Mark]]) -> tuple[Tensor, ...]:
        with torch._C.DisableTorchFunction():  # noqa: SLF001 - as above
            return tuple(parameter for parameter, mark in before.values() if mark_of(parameter) != mark)


def _is_weighted(args: tuple[Any, ...], kwargs: dict[str, Any], place: int) -> bool:
    given = args[place] if len(args) > place else None
    named = (kwargs.get(name) for name in ("gradient", "grad_tensors", "grad_outputs"))
    return given is not None or any(each is not None for each in named)


def _roots(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Tensor, ...]:
    given = args[0] if args else kwargs.get("tensors", kwargs.get("outputs", kwargs.get("self")))
    found = [given] if isinstance(given, Tensor) else list(given or ())
    return tuple(root for root in found if isinstance(root, Tensor))
