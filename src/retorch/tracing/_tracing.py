"""`tracing_memory`: list what code copies, writes in place and moves between devices."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from torch.utils._python_dispatch import _get_current_dispatch_mode, _pop_mode, _push_mode

from retorch.errors import RetorchNotice, notice
from retorch.inspection import sharing
from retorch.lines import user_frame
from retorch.tracing._aliases import memory_holders
from retorch.tracing._frames import compiled_names, mentioned_names
from retorch.tracing._ledger import Ledger
from retorch.tracing._trace import Trace
from retorch.tracing._watch import Watch


@contextmanager
def tracing_memory() -> Iterator[Trace]:
    """Watch the code inside the `with` and list what it copies, writes in place and moves between devices, by line.

    Hidden copies are seen too: inside `reshape`, `matmul`, attention, autocast, a backward, an optimizer's step. The
    code computes the same bits as without; each operation takes some microseconds longer.

    A copy is new memory whose elements were all in memory before: clones, conversions, indexing by numbers or masks,
    `cat` and `stack`, `repeat`, `flip`, padding and their like, `torch.tensor` of a list or an array, `np.array` of a
    tensor, `deepcopy`. What is computed (`a + b`, `where`, `sort`) is no copy. A write is whatever changes the elements
    of a tensor that was there, `out=` and the running statistics of a batch norm included. `x.data = y` lets `x` see
    other memory and writes none.

    Not seen: what NumPy and other libraries do by themselves, other threads of the user's, the inside of code that
    `torch.compile` made, which stays compiled, and what one operator's kernel rearranges for itself, as a convolution
    may its input. Fake tensors are told as what they stand for; with meta tensors there is nothing to copy.

    Yields:
        The trace, readable at any time; `print` shows it. Its drawing is made when the `with` ends.

    >>> import torch
    >>> x = torch.arange(6.0).view(2, 3)
    >>> with tracing_memory() as trace:
    ...     flat = x.t().reshape(6)
    ...     row = x[0].mul_(2)
    >>> [(copy.operation, copy.bytes, copy.why) for copy in trace.copies]
    [('reshape', 24, 'not contiguous: dimension 1 has stride 3, row-major needs 1')]
    >>> [(write.operation, write.bytes, write.aliases[0].name) for write in trace.writes]
    [('mul_', 12, 'x')]
    """
    ledger = Ledger()
    watch = Watch(ledger)
    trace = Trace(ledger, watch.notes)
    watch.__enter__()  # type: ignore[no-untyped-call]
    try:
        yield trace
    finally:
        _leave(watch)
        # A failure of ours is told and not raised, neither here nor where warnings are errors.
        with suppress(RetorchNotice):
            _finish(trace, watch, user_frame(sys._getframe()))  # noqa: SLF001 - what `inspect.currentframe` returns


def _leave(watch: Watch) -> None:
    """Take a mode off torch's stack, also from under modes that a suspended generator left on top of it."""
    watch.is_on = False
    above = []
    while (mode := _get_current_dispatch_mode()) not in (watch, None):
        above.append(_pop_mode())
    if mode is watch:
        watch.__exit__(None, None, None)  # type: ignore[no-untyped-call]
    for other in reversed(above):
        _push_mode(other)


def _finish(trace: Trace, watch: Watch, frame: FrameType | None) -> None:
    """Note what is to be known, and look at who shares memory among the variables that the `with` leaves."""
    try:
        names = {} if frame is None else mentioned_names(frame)
        for name in compiled_names(names):
            watch.note(f"{name} is made by torch.compile: what compiled code does by itself is not seen")
        holders = memory_holders(names)
        trace.sharing = sharing(holders) if holders else None
    except Exception as error:  # noqa: BLE001 - the traced code went well, and that is what counts
        watch.fail(error)
    if watch.failure is not None:
        notice(f"tracing_memory failed itself and stopped listing: {watch.failure!r}; your code ran on, untouched")
