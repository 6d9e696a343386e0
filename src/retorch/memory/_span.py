"""`Span`: where a strided piece of memory lies. Plain numbers; keeps nothing alive."""

from __future__ import annotations

import math
from dataclasses import dataclass

from retorch.memory._layout import Layout


@dataclass(frozen=True, slots=True)
class Buffer:
    """A stretch of memory that was reserved as one: a storage of torch, or what lies under a NumPy array.

    Attributes:
        identity: the same number for the same storage or owner, also where there is no memory (meta, zero bytes).
            It means something only while that object lives.
        space: addresses are compared within a space only: a device, or one storage that has no address.
        begin: the address of its first byte.
        end: the address behind its last byte.
    """

    identity: int
    space: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Span:
    """Where the elements of a tensor or array lie. Strides are in bytes: those of NumPy need not be whole elements.

    Attributes:
        dtype: as its library calls it, such as "float32".
        shape: the size of each dimension.
        byte_strides: bytes from one index of a dimension to the next, possibly negative.
        itemsize: bytes of one element.
        address: of element [0, 0, ...].
        device: such as "cpu" or "cuda:0".
        buffer: the memory it is a part of.
    """

    dtype: str
    shape: tuple[int, ...]
    byte_strides: tuple[int, ...]
    itemsize: int
    address: int
    device: str
    buffer: Buffer

    @property
    def numel(self) -> int:
        """How many elements are seen."""
        return math.prod(self.shape)

    @property
    def layout(self) -> Layout:
        """The single bytes, as a layout whose offset is the address and whose last dimension runs inside an element."""
        return Layout((*self.shape, self.itemsize), (*self.byte_strides, 1), self.address, 1)

    @property
    def strides(self) -> tuple[int, ...] | None:
        """The strides in elements; None where one is not a whole number of them."""
        if not self.itemsize or any(stride % self.itemsize for stride in self.byte_strides):
            return None
        return tuple(stride // self.itemsize for stride in self.byte_strides)

    def describe(self) -> str:
        """Say dtype, shape and strides in a few words.

        >>> Span("float32", (4, 3), (4, 16), 4, 64, "cpu", Buffer(1, "cpu", 64, 112)).describe()
        'float32 [4, 3], strides [1, 4]'
        """
        whole = self.strides
        strides = f"byte strides {list(self.byte_strides)}" if whole is None else f"strides {list(whole)}"
        return f"{self.dtype} {list(self.shape)}" + (f", {strides}" if self.shape else "")
