"""Ctrl-C and SIGTERM: finish the step, save, then stop."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Remembers the first Ctrl-C or SIGTERM while a loop runs; a second one acts at once, as without retorch.

    Only Python's and the system's default handlers are replaced: a handler of the user's own stays.
    """

    def __init__(self) -> None:
        self.requested: int | None = None
        self._before: dict[int, Any] = {}
        self._pid = os.getpid()

    def install(self) -> None:
        """Begin to listen. Does nothing outside the main thread, where Python delivers no signals."""
        if self._before or threading.current_thread() is not threading.main_thread():
            return
        for number in _SIGNALS:
            current = signal.getsignal(number)
            if current in (signal.SIG_DFL, signal.default_int_handler):
                self._before[number] = current
                signal.signal(number, self._remember)

    def uninstall(self) -> None:
        """Give the handlers back."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number, handler in self._before.items():
            if signal.getsignal(number) == self._remember:
                signal.signal(number, handler)
        self._before = {}

    def _remember(self, number: int, frame: FrameType | None) -> None:
        # A forked worker inherits this handler; the interruption is its parent's business.
        if os.getpid() != self._pid:
            return
        self.requested = number
        self.uninstall()
        # os.write, because a signal may arrive in the middle of another print.
        if sys.stderr is not None and number == signal.SIGINT:
            os.write(2, b"\nStopping after this step, saving first. Ctrl-C again stops at once.\n")
        del frame
