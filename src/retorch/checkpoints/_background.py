"""One job at a time in a thread; what it raises is raised again where somebody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Background:
    """Runs jobs one after the other, each in a thread that the interpreter waits for at its end."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    @property
    def busy(self) -> bool:
        """Whether a job is under way."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, job: Callable[[], None]) -> None:
        """Start a job; `wait` for the one before it first."""
        # Not a daemon: a script that ends right after its last save still has it on the disk.
        self._thread = threading.Thread(target=self._run, args=(job,), name="retorch-checkpoint", daemon=False)
        self._thread.start()

    def wait(self) -> None:
        """Wait for the job under way. An error is raised once, as the exception that it was."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _run(self, job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001 - kept, and raised by `wait`
            self._error = error
