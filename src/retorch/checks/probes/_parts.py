"""What modules are made of: parameters, children, and the plain attributes that people mistake for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)

from retorch.checks._observations import AttributeSet, PartRegistered
from retorch.checks._scene import Scene
from retorch.checks.probes._probe import Emit, Probe


class PartProbe(Probe):
    """Uses torch's own hooks of registration, and wraps `Module.__setattr__` for the rest."""

    tells = frozenset({PartRegistered, AttributeSet})

    def __init__(self, emit: Emit, scene: Scene) -> None:
        super().__init__(emit, scene)
        self._handles: list[Any] = []

    def open(self) -> None:
        self._patches.put(nn.Module, "__setattr__", self._set)
        self._handles = [
            register_module_parameter_registration_hook(self._guarded(self._registered)),
            register_module_module_registration_hook(self._guarded(self._registered)),
        ]

    def close(self) -> None:
        for handle in self._handles:
            handle.remove()
        super().close()

    def _registered(self, module: nn.Module, name: str, part: Any) -> None:
        if isinstance(part, (Tensor, nn.Module)):
            before = module._parameters.get(name)  # noqa: SLF001 - `getattr` could run a property of the user's
            self._emit(PartRegistered(module, name, part, module._modules.get(name) if before is None else before))  # noqa: SLF001

    def _set(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        original(*args, **kwargs)
        if len(args) == 3 and not isinstance(args[2], (nn.Parameter, nn.Module)):
            self._emit(AttributeSet(*args))
