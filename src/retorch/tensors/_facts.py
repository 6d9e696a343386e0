"""`TensorFacts`: what is known about one tensor, array or storage, as plain data that keeps nothing alive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
import torch

from retorch.memory import Layout, overlaps_itself
from retorch.tensors._autograd import AutogradFacts
from retorch.tensors._kinds import Kind
from retorch.tensors._order import Contiguity, find_contiguity, find_dimension_order, find_memory_formats
from retorch.tensors._writing import InPlace

DType: TypeAlias = torch.dtype | np.dtype[Any]


@dataclass(frozen=True, slots=True)
class StorageFacts:
    """The block of memory that a tensor keeps alive, all of it, however little it sees.

    Attributes:
        size: bytes of it; for an array the bytes of what owns its memory. For meta and fake tensors what it would be.
        identity: a number that other tensors on the same storage have too, as long as one of them lives.
        other_holders: how many other tensors, or values saved for a backward, hold the storage: what `detach()` hides.
            None where nobody counts.
        lent: torch may not resize it, because its memory came from NumPy, a file or another library, or was handed to
            one of them.
        pinned: page-locked, for copies to an accelerator that the host need not wait for.
        shared: visible to other processes.
        writable: False where a write raises or must not be (an array marked so, `bytes`).
    """

    size: int
    identity: int
    other_holders: int | None = None
    lent: bool = False
    pinned: bool = False
    shared: bool = False
    writable: bool = True


@dataclass(frozen=True, slots=True)
class ViewFacts:
    """What something is a view of, as torch or NumPy record it (`_base`, `base`).

    Torch records nothing for `detach()`, `.data` and `from_numpy`: there `StorageFacts` has the answer.

    Attributes:
        owner: the type of what it is a view of, such as "Tensor" or "bytes".
        shape: of that; None where it has none.
        dtype: of that; None where it has none.
        requires_grad: whether that needs a gradient.
        is_leaf: whether that is a leaf of the graph.
    """

    owner: str
    shape: tuple[int | str, ...] | None = None
    dtype: DType | None = None
    requires_grad: bool = False
    is_leaf: bool = True


@dataclass(frozen=True, slots=True)
class Piece:
    """A tensor inside a tensor: the indices of a sparse one, the samples of a nested one, what a subclass wraps.

    Attributes:
        name: what stands behind the tensor's name to reach it, such as ".values()" or "[0]".
        description: dtype, shape and strides in a few words.
        bytes_seen: what a contiguous copy of it would take.
        storage: the memory that it keeps alive.
    """

    name: str
    description: str
    bytes_seen: int
    storage: StorageFacts


@dataclass(frozen=True, slots=True)
class TensorFacts:
    """What is known about one tensor, array, storage or buffer at the moment it was read.

    Attributes:
        kind: what sort of thing it is.
        type_name: its class, such as "Tensor", "Parameter" or "ndarray".
        shape: a number for each dimension, or a name for a size that torch keeps symbolic; None where there is no one
            shape (nested, uninitialised).
        dtype: torch's or NumPy's; None for raw memory.
        device: None outside of torch.
        torch_layout: "strided", "sparse_coo", "jagged" ...; "" outside of torch.
        layout: where the elements lie; None for kinds whose elements have no place that strides give.
        byte_strides: as NumPy has them; None for tensors.
        bytes_seen: what a dense contiguous copy would take; None where that is not known.
        storage: None where there is none, or none of its own.
        view: what it is a view of, None where torch or NumPy say that it is none.
        conj: the values are the complex conjugates of what the memory holds.
        neg: the values are the negatives of what the memory holds.
        autograd: None outside of torch.
        in_place: what a write into it would do.
        pieces: for kinds without a layout the tensors inside, where they can be asked for.
    """

    kind: Kind
    type_name: str
    shape: tuple[int | str, ...] | None
    dtype: DType | None
    device: torch.device | None
    torch_layout: str
    layout: Layout | None
    byte_strides: tuple[int, ...] | None
    bytes_seen: int | None
    storage: StorageFacts | None
    view: ViewFacts | None
    conj: bool
    neg: bool
    autograd: AutogradFacts | None
    in_place: InPlace
    pieces: tuple[Piece, ...] = ()

    @property
    def contiguity(self) -> Contiguity | None:
        """Whether the elements lie in row-major order, and what breaks it; None without a layout."""
        if self.layout is not None:
            return find_contiguity(self.layout)
        return None if self._bytes is None else find_contiguity(self._bytes, in_bytes=True)

    @property
    def memory_formats(self) -> tuple[str, ...]:
        """Which of "contiguous", "channels_last" and "channels_last_3d" hold; both where sizes of 1 leave it open."""
        return () if self.layout is None else find_memory_formats(self.layout)

    @property
    def dimension_order(self) -> tuple[int, ...] | None:
        """The dimensions from the slowest to the fastest where the elements fill a block without gaps, else None."""
        return None if self.layout is None else find_dimension_order(self.layout)

    @property
    def overlaps_itself(self) -> bool | None:
        """Whether several indices show one element, or parts of it; None where it is not known."""
        places = self._bytes if self.layout is None else self.layout
        return None if places is None else overlaps_itself(places)

    @property
    def _bytes(self) -> Layout | None:
        """The single bytes of an array; the last dimension runs inside an element."""
        if self.byte_strides is None or not isinstance(self.dtype, np.dtype):
            return None
        shape = cast("tuple[int, ...]", self.shape)  # only torch has symbols in the place of sizes
        return Layout((*shape, self.dtype.itemsize), (*self.byte_strides, 1), 0, 1)

    @property
    def bytes_kept_alive(self) -> int | None:
        """The size of the storage, which lives as long as this does; of all storages where it is made of pieces."""
        sizes = {storage.identity: storage.size for storage in self.storages}
        return sum(sizes.values()) if sizes else None

    @property
    def storages(self) -> tuple[StorageFacts, ...]:
        """The storage, or those of the pieces; () where the memory cannot be asked for."""
        return tuple(piece.storage for piece in self.pieces) if self.storage is None else (self.storage,)

    @property
    def dtype_name(self) -> str:
        """The dtype as people write it, such as "float32"; "bytes" for raw memory."""
        return "bytes" if self.dtype is None else str(self.dtype).removeprefix("torch.")
