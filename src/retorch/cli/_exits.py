"""How a command ends: every way out has its exit code and its words."""

from __future__ import annotations

import os
import platform
import select
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from functools import wraps
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn, ParamSpec

import typer

from retorch.errors import CheckpointDamaged, RetorchError, RunInterrupted

P = ParamSpec("P")


class ExitCode(IntEnum):
    """What the exit status of a command means."""

    CLEAN = 0
    FOUND = 1
    """Differences, findings, damage, or an exception of the user's own code."""
    WRONG_USE = 2
    BUG = 3


def exits(command: Callable[P, ExitCode]) -> Callable[P, None]:
    """Turn what a command returns or raises into an exit code; the words go to stderr."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
            sys.stdout.flush()
        except KeyboardInterrupt as interruption:
            _leave_interrupted(interruption)
        except BrokenPipeError as error:
            _leave_unread(error)
        except RetorchError as error:
            say(f"retorch: {error}")
            raise typer.Exit(ExitCode.FOUND if isinstance(error, CheckpointDamaged) else ExitCode.WRONG_USE) from None
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:  # noqa: BLE001 - whatever nobody expected
            _leave_with_bug(error)
        raise typer.Exit(code)

    return run


def say(text: str) -> None:
    """Write a line to stderr; nobody reading it is no failure."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr.fileno())


@contextmanager
def code_of(author: Path) -> Iterator[None]:
    """Run a file of the user's: an exception that passes through it is theirs to see, from their own line on."""
    try:
        yield
    except RetorchError:
        raise
    except Exception as error:
        frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
        first = next((number for number, name in enumerate(frames) if name == str(author)), None)
        if first is None and not isinstance(error, SyntaxError):
            raise
        for _ in range(first if first is not None else len(frames)):
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        say("".join(traceback.format_exception(error)).rstrip())
        raise typer.Exit(ExitCode.FOUND) from None


def _leave_interrupted(interruption: KeyboardInterrupt) -> NoReturn:
    if isinstance(interruption, RunInterrupted):
        say(f"retorch: {interruption}")
        raise typer.Exit(128 + interruption.signal_number) from None
    say("retorch: interrupted at once; the same command goes on from what was saved last")
    raise typer.Exit(130) from None


def _leave_unread(error: BrokenPipeError) -> NoReturn:
    """End in peace when the reader of stdout has left, as `retorch runs | head` makes it."""
    if not _reader_has_gone(sys.stdout.fileno()):
        _leave_with_bug(error)
    _silence(sys.stdout.fileno())
    raise typer.Exit(ExitCode.CLEAN) from None


def _reader_has_gone(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(state & (select.POLLERR | select.POLLHUP) for _, state in poll.poll(0))


def _silence(descriptor: int) -> None:
    """Send what is still buffered nowhere, so that the interpreter does not fail on it when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _leave_with_bug(error: Exception) -> NoReturn:
    text = "".join(traceback.format_exception(error))
    log = _write_log(f"{_describe_machine()}\n\n{text}")
    say(
        f"retorch: this is a bug of retorch, not yours: {type(error).__name__}: {error}\n"
        f"The whole story is in {log}; please report it with this file."
        if log
        else f"retorch: this is a bug of retorch, not yours; please report this:\n{text}"
    )
    raise typer.Exit(ExitCode.BUG) from None


def _describe_machine() -> str:
    words = [f"{name} {_version_of(name)}" for name in ("retorch", "torch", "numpy")]
    return "\n".join([f"command: {' '.join(sys.argv)}", *words, f"python {sys.version}", platform.platform()])


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _write_log(text: str) -> Path | None:
    try:
        descriptor, name = tempfile.mkstemp(prefix="retorch-bug-", suffix=".log", text=True)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return None
    return Path(name)
