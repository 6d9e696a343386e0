"""Learning-rate schedulers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from torch.optim import lr_scheduler

from retorch.checks._observations import SchedulerMade, SchedulerStepped
from retorch.checks.probes._probe import Probe


class SchedulerProbe(Probe):
    """Wraps the making and `step` of each class in `torch.optim.lr_scheduler` that has its own."""

    tells = frozenset({SchedulerMade, SchedulerStepped})

    def open(self) -> None:
        for kind in list(vars(lr_scheduler).values()):
            if isinstance(kind, type) and issubclass(kind, lr_scheduler.LRScheduler):
                for name, tell in (("step", self._stepped), ("__init__", self._made)):
                    if name in vars(kind):
                        self._patches.put(kind, name, tell)

    def _made(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        original(*args, **kwargs)
        if not _is_inside_a_scheduler():
            self._emit(SchedulerMade(args[0]))

    def _stepped(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        result = original(*args, **kwargs)
        if not _is_inside_a_scheduler():
            self._emit(SchedulerStepped(args[0], (*args[1:], *kwargs.values())))
        return result


def _is_inside_a_scheduler() -> bool:
    """Tell whether torch itself asked for the step: a constructor steps once, and one scheduler may step another."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - what `inspect.currentframe` returns
    while frame is not None and frame.f_code.co_filename != lr_scheduler.__file__:
        frame = frame.f_back
    return frame is not None
