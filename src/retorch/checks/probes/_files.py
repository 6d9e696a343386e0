"""`torch.save` and `torch.load`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from retorch.checks._observations import FileLoaded, FileSaved
from retorch.checks.probes._probe import Probe


class FileProbe(Probe):
    """Wraps both functions."""

    tells = frozenset({FileSaved, FileLoaded})

    def open(self) -> None:
        self._patches.put(torch, "save", self._saved)
        self._patches.put(torch, "load", self._loaded)

    def _saved(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        result = original(*args, **kwargs)
        value, target = (*args, kwargs.get("obj"), kwargs.get("f"))[:2]
        self._emit(FileSaved(value, target))
        return result

    def _loaded(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        value = original(*args, **kwargs)
        self._emit(FileLoaded(value, args[0] if args else kwargs.get("f")))
        return value
