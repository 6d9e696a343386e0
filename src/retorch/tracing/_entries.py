"""`Copy`, `Write`, `Move`: what one line did with one operation, all times together; `Line`: totals. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

from retorch.lines import Site
from retorch.memory import Layout
from retorch.tracing._aliases import Alias


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What one call on one line of the user's code did to tensors of one shape, all times together.

    Attributes:
        operation: what it is called where it was called: "reshape", "contiguous", "indexing", "@", "backward". Inside a
            library's function that is what the library's code calls.
        aten: torch's own operator behind it, such as "aten.clone.default".
        file: of the user's line.
        line: of the user's code, from 1; 0 where it is not known.
        expression: the call on that line, such as "x.t().reshape(6)".
        shape: of the result, or of the tensor that was written, of several the first; None for a nested one. Where more
            than 16 shapes come along, the rest are together in one entry with `shape` None and no dtype.
        dtype: of the same, such as "float32".
        tensors: how many tensors each call filled or wrote.
        bytes: all times together.
        count: how many times.
    """

    operation: str
    aten: str
    file: str
    line: int
    expression: str
    shape: tuple[int, ...] | None
    dtype: str
    tensors: int = 1
    bytes: int = 0
    count: int = 0

    @property
    def place(self) -> str:
        """`file:line`, the file relative to the working directory where it lies below it."""
        return Site(self.file, self.line, "", "", "").place


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy(Movement):
    """New memory on the same device, filled with values that were in memory before.

    Attributes:
        why: the reason, the first time, such as "not contiguous: dimension 0 has stride 1, row-major needs 3".
    """

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Write(Movement):
    """Memory that was there before and was written in place.

    Attributes:
        layout: shape, strides, offset and itemsize of the tensor that was written, the first time; None where it has
            none (sparse, nested).
        aliases: the names in the user's code that saw the same memory, the first time, 16 at most; none for a
            temporary. For an operation on a list of tensors those of the first.
        at_most: whether `bytes` is a bound, because a mask decided how much was written.
    """

    layout: Layout | None
    aliases: tuple[Alias, ...]
    at_most: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(Movement):
    """Values that went from one device to another.

    Attributes:
        source: the device they came from, such as "cpu".
        target: the device they went to, such as "cuda:0".
        waited: whether the host waited for the device, the first time.
        non_blocking: whether the call asked not to wait, the first time.
        aliases: where they went into memory that was there before, the names that saw it, as for a `Write`.
    """

    source: str
    target: str
    waited: bool
    non_blocking: bool
    aliases: tuple[Alias, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one line of the user's code did, all of it together.

    Attributes:
        file: of the line.
        line: its number, from 1.
        bytes_copied: into new memory on the same device.
        bytes_written: in place.
        bytes_moved: between devices.
        copies: how many times.
        writes: how many times.
        moves: how many times.
    """

    file: str
    line: int
    bytes_copied: int = 0
    bytes_written: int = 0
    bytes_moved: int = 0
    copies: int = 0
    writes: int = 0
    moves: int = 0

    @property
    def bytes(self) -> int:
        """Copied, written and moved together."""
        return self.bytes_copied + self.bytes_written + self.bytes_moved

    @property
    def place(self) -> str:
        """`file:line`, the file relative to the working directory where it lies below it."""
        return Site(self.file, self.line, "", "", "").place
