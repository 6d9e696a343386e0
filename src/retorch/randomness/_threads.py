"""Logical threads: how many pieces torch cuts an operation into, which changes its bits on the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from retorch.errors import UsageError


def logical_threads(count: int | None = None) -> int:
    """Set the number of intra-op threads when `count` is given, and return the number in force.

    Two logical threads give the same bits on one core and on two; one thread and two threads do not.

    >>> logical_threads() >= 1
    True
    """
    if count is not None:
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise UsageError(f"threads={count!r} was asked; a run needs at least 1 logical thread")
        torch.set_num_threads(count)
    return torch.get_num_threads()


@contextmanager
def single_threaded() -> Iterator[None]:
    """Run a block at one intra-op thread, as loader workers do, and put the number back.

    Samples that are fetched in the training process are then the same bits as those fetched by a worker.
    """
    before = torch.get_num_threads()
    if before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
