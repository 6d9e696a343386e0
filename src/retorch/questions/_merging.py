"""Which dimensions of a strided tensor can be merged, and where a new shape asks for more. Imports no torch.

A view with another shape needs no copy when each new dimension lies within one chunk of old dimensions that are laid
out like one. Dimension `d` joins the chunk behind it when its stride is the size of that chunk times the chunk's last
stride.

Source: `computeStride_impl` in ATen/TensorUtils.cpp, the rule behind `Tensor.view`.
"""

from __future__ import annotations

from dataclasses import dataclass

from retorch.memory import Layout


@dataclass(frozen=True, slots=True)
class Chunk:
    """Neighbouring dimensions that are laid out like one: `first` to `last`, both included.

    Attributes:
        first: the outermost dimension.
        last: the innermost one.
        numel: the product of their sizes.
        stride: the stride of the innermost dimension, in elements.
    """

    first: int
    last: int
    numel: int
    stride: int


@dataclass(frozen=True, slots=True)
class Seam:
    """Two neighbouring chunks that a new dimension would have to span.

    Attributes:
        outer: the chunk in front.
        inner: the chunk behind.
    """

    outer: Chunk
    inner: Chunk


def chunks_of(layout: Layout) -> tuple[Chunk, ...]:
    """Return the longest runs of dimensions that can be merged, the innermost first.

    >>> [(chunk.first, chunk.last) for chunk in chunks_of(Layout((2, 3, 4), (100, 4, 1), 0, 4))]
    [(1, 2), (0, 0)]
    """
    found: list[Chunk] = []
    last, numel = len(layout.shape) - 1, 1
    for dimension in reversed(range(len(layout.shape))):
        numel *= layout.shape[dimension]
        if dimension == 0 or not _joins(layout, dimension - 1, numel * layout.strides[last]):
            found.append(Chunk(dimension, last, numel, layout.strides[last]))
            last, numel = dimension - 1, 1
    return tuple(found)


def seam(layout: Layout, shape: tuple[int, ...]) -> Seam | None:
    """Return the innermost place at which a view with as many elements and this shape would break, None if nowhere.

    The new dimensions are laid, from the last, over the chunks.
    """
    if layout.numel == 0:
        return None
    sizes = list(shape)
    chunks = chunks_of(layout)
    for place, chunk in enumerate(chunks):
        filled = 1
        while sizes and (filled < chunk.numel or sizes[-1] == 1):
            filled *= sizes.pop()
            if filled > chunk.numel:
                return Seam(chunks[place + 1], chunk)
    return None


def why_not_merged(layout: Layout, shape: tuple[int, ...]) -> str:
    """Say which dimensions a view with this shape would have to merge and cannot; "" where it works.

    >>> why_not_merged(Layout((4, 3), (1, 4), 0, 4), (12,))
    'dimensions 0 and 1 cannot be merged: stride 1 of dimension 0 is not 3 x stride 4 of dimension 1 (= 12)'
    """
    broken = seam(layout, shape)
    if broken is None:
        return ""
    outer, inner = broken.outer.last, broken.inner
    neighbour = next(d for d in range(inner.first, inner.last + 1) if layout.shape[d] != 1)
    return (
        f"dimensions {outer} and {neighbour} cannot be merged: stride {layout.strides[outer]} of dimension {outer} "
        f"is not {inner.numel} x stride {inner.stride} of dimension {inner.last} (= {inner.numel * inner.stride})"
    )


def _joins(layout: Layout, dimension: int, needed: int) -> bool:
    return layout.shape[dimension] == 1 or layout.strides[dimension] == needed
