"""In which order elements lie: `Contiguity` with its reason, torch's memory formats, the order of a dense block."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from retorch.memory import Layout

_CHANNELS_LAST = {4: ("channels_last", (0, 2, 3, 1)), 5: ("channels_last_3d", (0, 2, 3, 4, 1))}


@dataclass(frozen=True, slots=True)
class Contiguity:
    """Whether the elements lie in row-major order without gaps, and if not, where that order breaks.

    Attributes:
        contiguous: torch's `is_contiguous()`.
        dimension: the last dimension whose stride is not the row-major one; None where all are.
        stride: what it has, in elements; in bytes where the strides of an array are no whole elements.
        expected: what row-major order needs there, counted likewise.
        reason: a sentence without a full stop; "" where there is nothing to explain.
    """

    contiguous: bool
    dimension: int | None = None
    stride: int | None = None
    expected: int | None = None
    reason: str = ""


_CONTIGUOUS = Contiguity(contiguous=True)


def find_contiguity(layout: Layout, *, in_bytes: bool = False) -> Contiguity:
    """Say whether a layout is contiguous, or what breaks the order.

    Args:
        layout: where the elements lie; or their single bytes, with a last dimension that runs inside an element.
        in_bytes: whether it is the latter.

    >>> find_contiguity(Layout((4, 3), (1, 4), 0, 4)).reason
    'dimension 1 has stride 4, row-major order needs 1 (a transpose of a [3, 4] block)'
    >>> find_contiguity(Layout((4, 4), (6, 1), 0, 1), in_bytes=True).reason
    'dimension 0 has a stride of 6 bytes, row-major order needs 4'
    """
    dimension = layout.breaks_at()
    if dimension is None:
        return _CONTIGUOUS
    stride, expected = layout.strides[dimension], math.prod(layout.shape[dimension + 1 :])
    has = f"a stride of {stride} bytes" if in_bytes else f"stride {stride}"
    how = "" if in_bytes else f" ({_how(layout, dimension)})"
    reason = f"dimension {dimension} has {has}, row-major order needs {expected}{how}"
    return Contiguity(False, dimension, stride, expected, reason)  # noqa: FBT003 - its name stands above


def find_memory_formats(layout: Layout) -> tuple[str, ...]:
    """Return the memory formats of torch that a layout has: several where sizes of 1 leave it open, or none.

    >>> find_memory_formats(Layout((2, 1, 4, 4), (16, 1, 4, 1), 0, 4))
    ('contiguous', 'channels_last')
    """
    formats = ("contiguous",) if layout.is_contiguous else ()
    name, order = _CHANNELS_LAST.get(len(layout.shape), ("", ()))
    return (*formats, name) if name and _is_row_major(layout, order) else formats


def find_dimension_order(layout: Layout) -> tuple[int, ...] | None:
    """Return the dimensions from the slowest to the fastest where the elements fill a block without gaps, else None.

    >>> find_dimension_order(Layout((2, 3, 4), (1, 8, 2), 0, 4))
    (1, 2, 0)
    """
    if layout.is_contiguous:
        return tuple(range(len(layout.shape)))
    order = tuple(sorted(range(len(layout.shape)), key=lambda dimension: -layout.strides[dimension]))
    return order if _is_row_major(layout, order) else None


def _is_row_major(layout: Layout, order: Sequence[int]) -> bool:
    # Unlike plain contiguity, an empty tensor must have the strides too: torch's own rule for channels_last.
    expected = 1
    for dimension in reversed(order):
        size = layout.shape[dimension]
        if size == 1:
            continue
        if layout.strides[dimension] != expected:
            return False
        expected *= size
    return True


def _how(layout: Layout, dimension: int) -> str:
    """Say in a few words what kind of view has such strides."""
    stride = layout.strides[dimension]
    if stride == 0:
        return f"expanded: its {layout.shape[dimension]} indices all show the same elements"
    if stride < 0:
        return "it runs backwards through memory"
    order = find_dimension_order(layout)
    if order is not None:
        return _permutation(layout, order)
    expected = math.prod(layout.shape[dimension + 1 :])
    if stride < expected:
        return "its steps are shorter than what one step shows: windows that overlap, or dimensions out of order"
    return f"it steps over {_elements(stride - expected)}"


def _permutation(layout: Layout, order: tuple[int, ...]) -> str:
    block = [layout.shape[dimension] for dimension in order]
    if len(block) == 2:
        return f"a transpose of a {block} block"
    return f"a {block} block with its dimensions permuted to {[order.index(each) for each in range(len(order))]}"


def _elements(count: int) -> str:
    return "1 element" if count == 1 else f"{count:,} elements"
