"""The order-seeing sum: a fingerprint for accelerators, that adds up over the shards of a tensor.

The elements' bits, zero-extended to 64, are words w_0, w_1, ... (a complex number gives two). The sum is

    sum over i of mix(w_i + (i + 1) * phi)   modulo 2^64

Each word is stirred together with its place, so that no swap, no pair of flipped signs and no repeated row cancels out,
as they do in sums and XORs of values; and yet the terms may be added in any order, by any number of processors.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import ModuleType

import torch
from torch import Tensor

from retorch.errors import UsageError, notice
from retorch.fingerprints._eager import add_sums
from retorch.fingerprints._kinds import take_apart, undisturbed
from retorch.fingerprints._mixing import MASK, mix
from retorch.fingerprints._pieces import spans_of

_CPU_PIECE = 1 << 15  # elements: what they become on the way stays in the processor's cache
_DEVICE_PIECE = 1 << 22
_TRITON_COMPILES_FOR = ("cuda", "xpu")


def ordered_sum(tensor: Tensor, start: int = 0) -> int:
    """Return the order-seeing sum of a tensor's elements, or of one shard of them. Waits for the device.

    Args:
        tensor: strided, of any dtype but the quantized ones, any shape and device.
        start: the number of the first element in the flattened whole that the tensor is a shard of.

    Returns:
        64 bits, unsigned; the sums of all shards add up, modulo 2^64, to the sum of the whole.

    Raises:
        UsageError: the tensor has no values, or they are in no order (sparse, nested, quantized).

    >>> whole = torch.arange(10.0)
    >>> (ordered_sum(whole[:4]) + ordered_sum(whole[4:], start=4)) % 2**64 == ordered_sum(whole)
    True
    """
    with undisturbed():
        part = take_apart(tensor)
        if not isinstance(part, Tensor):
            raise UsageError(
                f"an ordered sum was asked for of a tensor of layout {tensor.layout} and {tensor.dtype}, and only the "
                f"elements of a strided tensor have places that count; use retorch's fingerprint of it"
            )
        return int(ordered_sums([part], start).item()) & MASK


def ordered_sums(tensors: Sequence[Tensor], start: int = 0) -> Tensor:
    """Return the order-seeing sums of strided tensors of one device, int64 [n] on it; nothing waits."""
    device = tensors[0].device
    totals = torch.zeros(len(tensors), dtype=torch.int64, device=device)
    kernel = _kernel_for(device)
    if kernel is None:
        add_sums(spans_of(tensors, _CPU_PIECE if device.type == "cpu" else _DEVICE_PIECE, start=start), totals)
    else:
        with torch.accelerator.device_index(device.index):
            kernel.add_sums(spans_of(tensors, _DEVICE_PIECE, start=start, cut_all=False), totals)
    return totals


def finish(total: int, seed: int) -> int:
    """Return the fingerprint of a tensor with this ordered sum, dtype and shape."""
    return mix(total ^ seed) or 1


@cache
def _kernel_for(device: torch.device) -> ModuleType | None:
    """Return the module with the Triton kernel, if there is one for a device and it sums up right in a trial."""
    if device.type not in _TRITON_COMPILES_FOR:
        return None
    try:
        from retorch.fingerprints import _kernel  # noqa: PLC0415 - imports Triton, which not everybody has

        with torch.accelerator.device_index(device.index):
            problem = None if _sums_right(_kernel, device) else "its sums are wrong"
    except Exception as error:  # noqa: BLE001 - no Triton, no C compiler, an old device: all the same to a run
        problem = f"{type(error).__name__}: {error}"
    if problem is None:
        return _kernel
    notice(
        f"fingerprints of tensors on {device} are computed with torch's own operations, about ten times as slowly as "
        f"by a Triton kernel, which does not work here ({problem}); the fingerprints are the same"
    )
    return None


def _sums_right(kernel: ModuleType, device: torch.device) -> bool:
    trial = [torch.arange(5000, device=device, dtype=dtype) for dtype in (torch.int16, torch.int64)]
    spans = list(spans_of([*trial, trial[0][1:], trial[0][:7], *trial], _DEVICE_PIECE, start=3))
    by_kernel, by_torch = (torch.zeros(len(spans), dtype=torch.int64, device=device) for _ in range(2))
    kernel.add_sums(spans, by_kernel)
    add_sums(spans, by_torch)
    return torch.equal(by_kernel, by_torch)
