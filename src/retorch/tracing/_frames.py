"""Frames of running code: which one is the user's, and what it can name. None is kept."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from types import FrameType, FunctionType
from typing import Any

import torch

from retorch.lines import is_generated, locals_of, user_frame

TORCH = os.path.dirname(torch.__file__) + os.sep  # noqa: PTH120 - compared with names of code objects
_COMPILER = (f"{TORCH}_dynamo{os.sep}", f"{TORCH}_inductor{os.sep}")


def frame_of_user(frame: FrameType, thread: int) -> FrameType | None:
    """Return the frame of the user's code that an operation belongs to.

    Autograd works for a device in a thread of its own, where no frame is the user's: then it is the one in the traced
    thread, which waits for the backward.
    """
    found = user_frame(frame)
    if found is not None:
        return found
    waiting = sys._current_frames().get(thread)  # noqa: SLF001 - what `faulthandler` prints
    return None if waiting is None else user_frame(waiting)


def is_compiled(frame: FrameType, user: FrameType | None) -> bool:
    """Tell whether what lies between an operation and the user's code was made by `torch.compile`."""
    here: FrameType | None = frame
    while here is not None and here is not user:
        file = here.f_code.co_filename
        if is_generated(file) or (file.startswith(_COMPILER) and not _is_kept_eager(here)):
            return True
        here = here.f_back
    return False


def _is_kept_eager(frame: FrameType) -> bool:
    # Round checkpointing and parts of optimizers torch puts a wrapper that keeps the compiler out.
    return frame.f_code.co_qualname.startswith("DisableContext.")


def visible_names(frame: FrameType) -> dict[str, Any]:
    """Return what the code of a frame can name: its variables, then the global ones of its module.

    Drop the dictionary soon: it keeps the values alive.
    """
    names = locals_of(frame)
    return names | {name: value for name, value in frame.f_globals.items() if name not in names}


def mentioned_names(frame: FrameType) -> dict[str, Any]:
    """Return the variables of a frame, and the global ones that its code mentions. Drop the dictionary soon."""
    names = locals_of(frame)
    mentioned = (name for name in frame.f_code.co_names if name in frame.f_globals and name not in names)
    return names | {name: frame.f_globals[name] for name in mentioned}


def compiled_names(names: Mapping[str, Any]) -> list[str]:
    """Return the variables that stand for functions or modules made by `torch.compile`."""
    compiler = sys.modules.get("torch._dynamo.eval_frame")
    if compiler is None:
        return []
    return [
        name
        for name, value in names.items()
        if issubclass(type(value), compiler.OptimizedModule)
        or (type(value) is FunctionType and "_torchdynamo_orig_callable" in vars(value))
    ]
