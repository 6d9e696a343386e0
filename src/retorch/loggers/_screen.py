"""Where progress is written: a terminal that can redraw its last line, or a stream of plain lines."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import time
from typing import IO, Protocol

from rich.console import Console
from rich.live import Live
from rich.text import Text

from retorch.loggers._drawing import Moment, draw_bar

REFRESH_SECONDS = 0.25


class Screen(Protocol):
    """What a progress display needs of the place where it is shown."""

    redraws: bool
    """Whether `show` shows anything; where it does not, nobody needs to work for it."""

    def line(self, text: str) -> None:
        """Write a line that stays."""

    def show(self, moment: Moment) -> None:
        """Put the bar of this moment in the place of the last one."""

    def close(self) -> None:
        """Take the bar away and give the terminal back as it was."""


class QuietConsole(Console):
    """A console on stderr that falls silent when its reader has gone; rich's own would exit the program."""

    def on_broken_pipe(self) -> None:
        """Write nothing more."""
        self.quiet = True


def open_screen(console: Console | None) -> Screen:
    """Return a live screen where the console is a terminal, plain lines elsewhere."""
    if console is None:
        # FORCE_COLOR makes rich call a pipe a terminal; a bar redrawn in a log file helps nobody.
        console = QuietConsole(stderr=True, force_interactive=None if sys.stderr.isatty() else False)
    return Terminal(console) if console.is_terminal and console.is_interactive else Lines(console.file)


class Lines:
    """Plain lines, flushed one by one, without control characters."""

    redraws = False

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def line(self, text: str) -> None:
        """Write a line at once."""
        print(text, file=self._stream, flush=True)

    def show(self, moment: Moment) -> None:
        """Show nothing: a stream keeps what was written."""

    def close(self) -> None:
        """Leave the stream as it is."""


class Terminal:
    """One live line at the bottom; what anybody else prints meanwhile goes above it."""

    redraws = True

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._lines: list[str] = []
        self._due_s = 0.0

    def line(self, text: str) -> None:
        """Print a line above the bar: at once, or with the next refresh where lines come thick and fast.

        rich takes 0.6 ms for a line, which epochs of a few milliseconds would feel.
        """
        self._lines.append(text)
        if self._live is None or time.perf_counter() >= self._due_s:
            self._print_lines()

    def show(self, moment: Moment) -> None:
        """Redraw the bar; the first call starts it."""
        self._print_lines()
        bar = draw_bar(moment, self._console.width, ascii_only=self._console.options.ascii_only)
        if self._live is None:
            self._live = self._start()
        self._live.update(bar, refresh=True)

    def close(self) -> None:
        """Stop the bar and undo the redirection of stdout and stderr; harmless where the terminal has gone."""
        with contextlib.suppress(OSError):
            self._print_lines()
        live, self._live = self._live, None
        atexit.unregister(self.close)
        if live is not None:
            with contextlib.suppress(OSError):
                live.stop()

    def _print_lines(self) -> None:
        if self._lines:
            text = Text("\n".join(self._lines))
            self._lines.clear()
            self._due_s = time.perf_counter() + REFRESH_SECONDS
            self._console.print(text)

    def _start(self) -> Live:
        # stdout is redirected only where it is a terminal too: `python train.py > numbers.txt` keeps its numbers.
        live = Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=is_terminal(sys.stdout),
            redirect_stderr=is_terminal(sys.stderr),
        )
        live.start()
        # A loop of the user's that dies of an exception announces no end.
        atexit.register(self.close)
        # rich hides the cursor; a killed process could not bring it back.
        self._console.show_cursor(show=True)
        return live


def is_terminal(stream: IO[str]) -> bool:
    """Tell whether a stream ends at a terminal; a closed or replaced one does not."""
    try:
        return os.isatty(stream.fileno())
    except (AttributeError, OSError, ValueError):
        return False
