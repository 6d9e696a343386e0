"""`size_of`: how far two tensors are apart, in bits, in units in the last place, and in value."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from retorch.replay._facts import Size

# Some 60 MB of working memory at the widest dtype, whatever the size of the tensors.
_CHUNK = 1 << 20

_WHOLE = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
_LOWEST = torch.iinfo(torch.int64).min


def size_of(a: Tensor, b: Tensor) -> Size | None:
    """Measure how far two tensors are apart, in pieces, so that it takes no more than some tens of MB.

    A unit in the last place is the step from one number of the dtype to the next; the step from the largest number to
    infinity is one too. 0.0 and -0.0 differ in a bit and are 0 apart, and so are two kinds of NaN. Where one side is
    NaN and the other a number, no distance is told, only how many elements differ. Complex numbers are measured by
    their parts, integers and booleans by their difference alone.

    Args:
        a: any shape, any device.
        b: likewise.

    Returns:
        None where shapes, dtypes or layouts differ, or where elements cannot be told apart one by one (sparse,
        nested, quantized, meta and fake tensors).

    Source: Goldberg, "What Every Computer Scientist Should Know About Floating-Point Arithmetic", ACM Computing
    Surveys 23(1), 1991, section 1.2.

    >>> one = torch.ones(2)
    >>> size_of(one, torch.tensor([1.0, 1.0000001]))
    Size(elements=2, different=1, max_ulp=1, max_abs=1.1920928955078125e-07)
    """
    if not (_is_plain(a) and _is_plain(b)) or a.shape != b.shape or a.dtype != b.dtype:
        return None
    with torch.no_grad():
        different, ulp, apart = 0, 0, 0.0
        knows = True
        for piece_a, piece_b in _pieces(a, b):
            measured = _measured(_real(piece_a), _real(piece_b))
            different += measured.different
            knows = knows and measured.max_abs is not None
            ulp = max(ulp, measured.max_ulp or 0)
            apart = max(apart, measured.max_abs or 0.0)
    floats = a.dtype.is_floating_point or a.dtype.is_complex
    return Size(a.numel(), different, ulp if floats and knows else None, apart if knows else None)


def _is_plain(tensor: Tensor) -> bool:
    return (
        tensor.layout == torch.strided
        and not tensor.is_quantized
        and not tensor.is_nested
        and not tensor.is_meta
        and not torch._C._functorch.is_functorch_wrapped_tensor(tensor)  # noqa: SLF001 - torch has no public word
        and not _is_fake(tensor)
    )


def _is_fake(tensor: Tensor) -> bool:
    return isinstance(tensor, torch._subclasses.FakeTensor)  # noqa: SLF001 - torch's only name for it


def _pieces(a: Tensor, b: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Cut both along the same dimensions: a flat view does not exist for every layout."""
    if a.numel() <= _CHUNK:
        yield a, b
        return
    longest = max(range(a.ndim), key=lambda dim: a.shape[dim])
    half = a.shape[longest] // 2
    for start, length in ((0, half), (half, a.shape[longest] - half)):
        yield from _pieces(a.narrow(longest, start, length), b.narrow(longest, start, length))


def _real(piece: Tensor) -> Tensor:
    """Return [elements, parts] in host memory, where float64 exists for sure."""
    piece = piece.detach().cpu().resolve_conj().resolve_neg().reshape(-1)
    return torch.view_as_real(piece) if piece.is_complex() else piece[:, None]


def _measured(a: Tensor, b: Tensor) -> Size:
    """Measure [elements, parts]."""
    whole = _WHOLE[a.itemsize]
    bits_a, bits_b = a.contiguous().view(whole), b.contiguous().view(whole)
    unequal = bits_a != bits_b
    counted = Size(len(a), int(unequal.any(dim=1).sum()))
    if not counted.different:
        return Size(len(a), 0, 0, 0.0)
    if a.dtype == torch.bool:
        return Size(len(a), counted.different, None, 1.0)
    bits_a, bits_b = bits_a[unequal], bits_b[unequal]
    if a.dtype.is_floating_point:
        return _between_floats(bits_a, bits_b, a.dtype, counted)
    apart = _largest_distance(_ordered_whole(bits_a, a.dtype), _ordered_whole(bits_b, a.dtype))
    return Size(len(a), counted.different, None, float(apart))


def _between_floats(bits_a: Tensor, bits_b: Tensor, dtype: torch.dtype, counted: Size) -> Size:
    try:
        a, b = bits_a.view(dtype).double(), bits_b.view(dtype).double()
    except (RuntimeError, NotImplementedError):  # two float4 in one byte: torch cannot read them either
        return counted
    if bool((a.isnan() != b.isnan()).any()):
        return counted
    numbers = ~a.isnan()
    if not bool(numbers.any()):
        return Size(counted.elements, counted.different, 0, 0.0)
    ulp = _largest_distance(_ordered(bits_a[numbers], dtype), _ordered(bits_b[numbers], dtype))
    apart = float((a[numbers] - b[numbers]).abs().max())
    return Size(counted.elements, counted.different, ulp, apart)


def _ordered(bits: Tensor, dtype: torch.dtype) -> Tensor:
    """Number the floats of a dtype in their order, int64: IEEE's sign and magnitude become a signed number."""
    if dtype == torch.float8_e8m0fnu:  # an exponent without a sign
        return bits.view(torch.uint8).long()
    lowest = torch.iinfo(bits.dtype).min
    bits = bits.long()
    return torch.where(bits < 0, lowest - bits, bits)


def _ordered_whole(bits: Tensor, dtype: torch.dtype) -> Tensor:
    """Bring integers to int64 in their order; unsigned ones of 64 bits are shifted, which leaves distances."""
    if dtype == torch.uint64:
        return bits ^ _LOWEST
    return bits.view(dtype).long()


def _largest_distance(a: Tensor, b: Tensor) -> int:
    """Return max |a - b| of int64: a difference may need 64 bits and no sign, so it wraps and is read as unsigned."""
    wrapped = torch.maximum(a, b) - torch.minimum(a, b)
    return int((wrapped ^ _LOWEST).max()) - _LOWEST
