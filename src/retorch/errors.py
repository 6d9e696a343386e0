"""Every error that retorch raises on purpose, in one tree.

Each message says what was asked, what was found and what to do next.

* RetorchError
    - UsageError                 an argument that cannot work (also a ValueError)
    - MissingExtra               an optional library is not installed
    + RunError                   a run folder
        - RunBusy                another process works in it
        - RunMismatch            it holds a run made with other settings
        - RunFolderError         it cannot be read or written
        - RunInterrupted         Ctrl-C or SIGTERM arrived; the run was saved first
    + CheckpointError            a saved state
        - CheckpointNotFound     nothing there
        - CheckpointDamaged      a checksum, a size or a file is wrong
        - CheckpointMismatch     it does not fit the objects it is loaded into
        - CheckpointTooNew       written by a newer schema than this version reads
        - CheckpointUnsupported  holds something that cannot be stored without executing code to read it
    + LoopError                  the training loop
        - EmptyLoader            no batch comes out
        - LossError              the loss is no scalar, not finite, or has no graph
        - OptimizerError         the optimizer does not hold the model's parameters

A `RetorchNotice` is a warning: the run goes on, and somebody should know.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
import weakref

_PACKAGE = os.path.dirname(__file__) + os.sep  # noqa: PTH120 - compared with names of code objects
# They stand between the user's line and what it sets off: a `with`, and the end of a run.
_BETWEEN = (contextlib.__file__, weakref.__file__)
_RECIPES = _PACKAGE + "recipes" + os.sep

__all__ = [
    "CheckpointDamaged",
    "CheckpointError",
    "CheckpointMismatch",
    "CheckpointNotFound",
    "CheckpointTooNew",
    "CheckpointUnsupported",
    "EmptyLoader",
    "LoopError",
    "LossError",
    "MissingExtra",
    "OptimizerError",
    "RetorchError",
    "RetorchNotice",
    "RunBusy",
    "RunError",
    "RunFolderError",
    "RunInterrupted",
    "RunMismatch",
    "UsageError",
    "notice",
]


class RetorchError(Exception):
    """Base of every error that retorch raises on purpose."""


class UsageError(RetorchError, ValueError):
    """An argument that cannot work, found before anything was written."""


class MissingExtra(RetorchError, ImportError):  # noqa: N818 - named after the mistake, as the whole tree is
    """An optional library is needed and not installed; the message says what to install."""


class RunError(RetorchError):
    """Something about a run folder."""


class RunBusy(RunError):  # noqa: N818
    """Another process, or another `Run` of this one, works in the folder."""


class RunMismatch(RunError):  # noqa: N818
    """The folder holds a run that was made with other settings."""


class RunFolderError(RunError):
    """The folder cannot be read or written as a run."""


class RunInterrupted(RunError, KeyboardInterrupt):  # noqa: N818
    """Ctrl-C or SIGTERM arrived; the step was finished and saved before this was raised.

    It is a `KeyboardInterrupt` too, so that `except Exception` in a loop does not swallow it.
    """

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.signal_number = signal_number


class CheckpointError(RetorchError):
    """Something about a saved state."""


class CheckpointNotFound(CheckpointError, FileNotFoundError):  # noqa: N818
    """There is no checkpoint at that path."""


class CheckpointDamaged(CheckpointError):  # noqa: N818
    """A checksum, a size or a file is wrong; the message names it."""


class CheckpointMismatch(CheckpointError):  # noqa: N818
    """The checkpoint does not fit the objects it is loaded into; nothing was changed in them."""


class CheckpointTooNew(CheckpointError):  # noqa: N818
    """Written by a newer schema than this version reads."""


class CheckpointUnsupported(CheckpointError, TypeError):  # noqa: N818
    """A value cannot be stored in a form that is safe to read back; the message names its place."""


class LoopError(RetorchError):
    """Something about the training loop."""


class EmptyLoader(LoopError):  # noqa: N818
    """The loader gives no batch."""


class LossError(LoopError):
    """The loss is no scalar, not finite, or is not connected to the model."""


class OptimizerError(LoopError):
    """The optimizer does not hold the parameters that it should."""


class RetorchNotice(UserWarning):
    """The run goes on, and somebody should know."""


def notice(message: str) -> None:
    """Warn with a `RetorchNotice`, shown at the line of the user's code that led here."""
    frame, level = sys._getframe(), 1  # noqa: SLF001 - what `warnings` itself counts
    while frame.f_back is not None and _is_ours(frame.f_code.co_filename):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, RetorchNotice, stacklevel=level)


def _is_ours(file: str) -> bool:
    # A recipe is a user's file that happens to lie here.
    return (file.startswith(_PACKAGE) and not file.startswith(_RECIPES)) or file in _BETWEEN
