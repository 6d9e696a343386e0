"""The samples that a loader fetches from a map-style data set in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

import torch
from torch.utils.data._utils.fetch import _MapDatasetFetcher

from retorch.checks._observations import FetchBegins, FetchDone, LineListener
from retorch.checks.probes._probe import Probe
from retorch.lines import user_frame


class FetchProbe(Probe):
    """Wraps what a `DataLoader` without workers does for one batch: asking the data set, and collating."""

    tells = frozenset({FetchBegins, FetchDone})

    def open(self) -> None:
        self._patches.put(_MapDatasetFetcher, "fetch", self._fetched)

    def _fetched(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        fetcher = args[0]
        asked = args[1] if len(args) > 1 else next(iter(kwargs.values()))
        indices = tuple(asked) if fetcher.auto_collation else (asked,)
        listeners: list[LineListener] = []
        self._emit(FetchBegins(fetcher.dataset, indices, listeners))
        # A debugger or a coverage tool has the only place.
        if listeners and sys.gettrace() is None:
            with _Lines(listeners):
                batch = original(*args, **kwargs)
        else:
            batch = original(*args, **kwargs)
        self._emit(FetchDone(fetcher.dataset, indices))
        return batch


class _Lines:
    """Tells listeners of each line of the user's code that is done, through Python's own tracing."""

    def __init__(self, listeners: list[LineListener]) -> None:
        self._listeners = listeners
        self._running: tuple[CodeType, int] | None = None

    def __enter__(self) -> None:
        sys.settrace(self._entered)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _entered(self, frame: FrameType, event: str, argument: Any) -> Any:  # noqa: ARG002
        # The methods that a dataclass writes for itself, the checker's own too, have lines that stand nowhere.
        return self._passed if frame.f_code.co_filename != "<string>" and user_frame(frame) is frame else None

    def _passed(self, frame: FrameType, event: str, argument: Any) -> Any:  # noqa: ARG002
        if self._running is not None and not self._tell(*self._running):
            return None
        # What comes after a return belongs to the line that called.
        now = frame.f_back if event == "return" else frame
        self._running = None if now is None or user_frame(now) is not now else (now.f_code, now.f_lineno)
        return self._passed

    def _tell(self, code: CodeType, line: int) -> bool:
        try:
            with torch._C.DisableTorchFunction():  # noqa: SLF001 - what a listener asks for is not the user's call
                for listener in self._listeners:
                    listener(code, line)
        except Exception:  # noqa: BLE001 - would come up in the user's code
            self._listeners = []
        if not self._listeners:
            sys.settrace(None)
        return bool(self._listeners)
