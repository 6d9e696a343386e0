"""Each call of torch by Python, in the first steps of each phase."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from retorch.checks._arguments import tensors_among
from retorch.checks._elsewhere import is_elsewhere
from retorch.checks._observations import OperationDone, Written
from retorch.checks._scene import Scene
from retorch.checks._writes import version
from retorch.checks.probes._placed import Placed
from retorch.checks.probes._probe import Emit, Probe


class OperationProbe(Probe):
    """Watches through a function mode, there only while it is needed: each call of torch passes through it."""

    tells = frozenset({OperationDone, Written})

    def __init__(self, emit: Emit, scene: Scene) -> None:
        super().__init__(emit, scene)
        self._watch = _Watch(self._done, self.switch_off, scene)
        self._placed = Placed(self._watch, scene)

    def open(self) -> None:
        self._watch.is_open = True
        self._placed.open()

    def close(self) -> None:
        self._watch.is_open = False
        self._placed.close()

    def _done(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], result: Any,
        written: list[Tensor],
    ) -> None:  # fmt: skip
        self._scene.count_operation()
        for tensor in written:
            self._emit(Written(function, tensor))
        self._emit(OperationDone(function, args, kwargs, result, tuple(self._scene.running)))


class _Watch(TorchFunctionMode):
    def __init__(self, done: Callable[..., None], failed: Callable[[Exception], None], scene: Scene) -> None:
        super().__init__()
        self.is_open = False
        self._scene = scene
        self._done = done
        self._failed = failed

    def __torch_function__(
        self, function: Any, types: Collection[type], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if is_elsewhere() or not self._is_wanted() or _is_inside(function):
            return function(*args, **kwargs)
        before = self._look(args, kwargs)
        result = function(*args, **kwargs)
        if self._is_wanted():
            self._look_again(before, function, args, kwargs, result)
        return result

    def _is_wanted(self) -> bool:
        # A backward pass on an accelerator takes the modes along into its own thread.
        return self.is_open and self._scene.watches_operations and self._scene.is_here()

    def _look(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[Tensor, int]]:
        try:
            with torch._C.DisableTorchFunction():  # noqa: SLF001 - a subclass would take the look for the user's call
                return [(tensor, version(tensor)) for tensor in tensors_among(args, kwargs)]
        except Exception as error:  # noqa: BLE001 - must not reach the user's code
            self._failed(error)
            return []

    def _look_again(
        self, before: list[tuple[Tensor, int]], function: Any, args: tuple[Any, ...], kwargs: dict[str, Any],
        result: Any,
    ) -> None:  # fmt: skip
        try:
            with torch._C.DisableTorchFunction():  # noqa: SLF001 - as above
                written = [tensor for tensor, earlier in before if version(tensor) != earlier]
            self._done(function, args, kwargs, result, written)
        except Exception as error:  # noqa: BLE001 - as above
            self._failed(error)


def _is_inside(function: Any) -> bool:
    """Tell whether a call is one of those that optimizers and loaders of torch make, more than half of all calls.

    They are not the user's. But where torch splits a data set it draws random numbers for the user.
    """
    caller = sys._getframe(2).f_code.co_filename  # noqa: SLF001 - behind the mode
    return caller.startswith(_INSIDE) or (function is Tensor.__getitem__ and caller == _DATA_SETS)


_DATA = Path(torch.utils.data.__file__).parent
_INSIDE = (str(Path(torch.optim.__file__).parent) + os.sep, str(_DATA / "_utils") + os.sep)
_DATA_SETS = str(_DATA / "dataset.py")
