"""`is_elsewhere`: whether calls are made for a compiler, a tracer or a transformation, and are no computation."""

from __future__ import annotations

import torch
from torch.autograd import forward_ad
from torch.compiler import is_compiling

_tracing_state = torch._C._get_tracing_state  # noqa: SLF001 - `torch.jit.is_tracing` asks it too, and warns
_transformation = torch._C._functorch.peek_interpreter_stack  # noqa: SLF001 - no other name


def is_elsewhere() -> bool:
    """Tell whether what is called just now is traced, compiled, transformed by `torch.func` or derived forward.

    There the tensors hold no values, or what one asks of them gets into the user's trace.
    """
    return (
        is_compiling()
        or _tracing_state() is not None
        or _transformation() is not None
        or forward_ad._current_level >= 0  # noqa: SLF001 - as above
    )
