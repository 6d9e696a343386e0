"""`fingerprint`: 64 bits for a tensor of any kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from xxhash import xxh3_64_intdigest

from retorch.fingerprints._kinds import refusal, undisturbed
from retorch.fingerprints._later import fingerprint_later
from retorch.fingerprints._memory import hash_quickly, name_of
from retorch.fingerprints._mixing import tensor_seed


def fingerprint(tensor: Tensor) -> int:
    """Return the fingerprint of a tensor's dtype, shape and values.

    Equal for equal bits in logical order, whatever the strides, the memory format, the class and the device's memory;
    -0.0 is not 0.0, and the payload of a NaN counts. Sparse tensors count as they are stored, a DTensor as the part
    that this process holds. CPU tensors go through xxh3-64; those on an accelerator through the order-seeing sum,
    which makes this function wait for the device: `fingerprint_later` does not. The two give different numbers.

    Returns:
        64 bits, unsigned, never 0.

    Raises:
        UsageError: the tensor has no values: it is on the meta device, fake, inside a torch.func transform, or not
            initialised yet.

    >>> image = torch.rand(2, 3, 8, 8)
    >>> fingerprint(image) == fingerprint(image.to(memory_format=torch.channels_last))
    True
    >>> fingerprint(torch.tensor([0.0])) == fingerprint(torch.tensor([-0.0]))
    False
    """
    quick = None if torch._C._len_torch_function_stack() else hash_quickly(tensor)  # noqa: SLF001 - has no public name
    return int(fingerprint_later([tensor]).read()[0]) if quick is None else quick


def can_fingerprint(tensor: Tensor) -> bool:
    """Tell whether a tensor has values that `fingerprint` can read.

    >>> can_fingerprint(torch.ones(2)), can_fingerprint(torch.ones(2, device="meta"))
    (True, False)
    """
    with undisturbed():
        return refusal(tensor) is None


def fingerprint_bytes(buffer: Any, dtype: torch.dtype, shape: Sequence[int]) -> int:
    """Return what `fingerprint` gives for a CPU tensor of these bytes.

    Args:
        buffer: whatever has the buffer protocol: the elements in logical order without gaps, little-endian.
        dtype: any but the quantized ones.
        shape: of the tensor.

    >>> values = torch.tensor([1.0, 2.0])
    >>> fingerprint_bytes(values.numpy().tobytes(), torch.float32, (2,)) == fingerprint(values)
    True
    """
    return xxh3_64_intdigest(buffer, tensor_seed(name_of(dtype), shape)) or 1


def algorithm_of(device_types: Iterable[str]) -> str:
    """Return the name of what makes the fingerprints of tensors on these types of devices.

    "xxh3-64/1" where all of them lie on the CPU. "ordered-sum/1" where some lie on an accelerator: those are summed
    on it, and the ones on the CPU still go through xxh3-64. Fingerprints of one tensor can be compared where both
    were made under the same name and on the same kind of device.

    >>> algorithm_of(["cpu"]), algorithm_of(["cuda", "cpu"])
    ('xxh3-64/1', 'ordered-sum/1')
    """
    return "xxh3-64/1" if set(device_types) <= {"cpu"} else "ordered-sum/1"
