"""`find_parts`: where any member lies, whatever library it comes from."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from retorch.memory._array_spans import array_span, buffer_span, dlpack_span, interface_span
from retorch.memory._members import Member, offers
from retorch.memory._tensor_spans import NotForThisKind, Part, storage_span, tensor_parts

__all__ = ["NotForThisKind", "Part", "find_parts"]


def find_parts(member: Member) -> tuple[Part, ...]:
    """Find the pieces of memory that a tensor, array, storage or buffer stands for.

    Reads no value, waits for no device, adds nothing to a graph. Addresses of meta and fake tensors count from the
    begin of their storage.

    Returns:
        For each piece what stands behind the member's name ("" for a member in one piece, `.values()`, `[0]`), and
        where it lies. Plain numbers, which mean something only while the member lives.

    Raises:
        NotForThisKind: its memory cannot be asked for; the message is the reason.

    >>> x = torch.arange(6.0)
    >>> (_, whole), = find_parts(x)
    >>> (_, tail), = find_parts(x[2:].numpy())
    >>> tail.address - whole.address, tail.buffer == whole.buffer
    (8, True)
    """
    # A subclass's own idea of `.shape` is not asked, nor is it told.
    with torch._C.DisableTorchFunction():  # noqa: SLF001 - what `torch.overrides` documents for this
        if isinstance(member, Tensor):
            return tuple(tensor_parts(member))
        if isinstance(member, torch.TypedStorage):
            return (("", storage_span(member._untyped_storage)),)  # noqa: SLF001 - its methods warn
        if isinstance(member, torch.UntypedStorage):
            return (("", storage_span(member)),)
    if isinstance(member, np.ndarray):
        return (("", array_span(member)),)
    if offers(member, "__array_interface__"):
        return (("", interface_span(member)),)
    if offers(member, "__dlpack__"):
        return (("", dlpack_span(member)),)
    return (("", buffer_span(member)),)
