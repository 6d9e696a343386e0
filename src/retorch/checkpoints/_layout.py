"""How the dense tensors of a part lie in its `.safetensors` file, and the facts that this format cannot hold.

Format: https://github.com/huggingface/safetensors, "Format".
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

# What every release of safetensors that we accept can name. Other dtypes go bytewise: U8 with one axis more.
FORMAT_DTYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint64: "U64",
    torch.uint32: "U32",
    torch.uint16: "U16",
    torch.uint8: "U8",
    torch.bool: "BOOL",
    torch.float8_e4m3fn: "F8_E4M3",
    torch.float8_e5m2: "F8_E5M2",
}

METADATA = "__metadata__"

_SAME_SIZE = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """What a tensor needs to come back as it was, besides its elements.

    Attributes:
        dtype: its dtype.
        shape: its sizes.
        stride: the strides that `tensor.clone()` has: those of the tensor itself when its elements fill their
            memory in some order (channels_last, transposed), the usual ones when it has gaps or overlaps.
    """

    dtype: torch.dtype
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    @classmethod
    def of(cls, tensor: Tensor) -> TensorSpec:
        """Describe a tensor."""
        shape, stride = tuple(tensor.shape), tensor.stride()
        if stride != contiguous_stride(shape):
            stride = torch.empty_like(copyable(tensor), device="meta").stride()
        return cls(tensor.dtype, shape, stride)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> TensorSpec:
        """Read what `to_json` gave."""
        shape = tuple(record["shape"])
        stride = tuple(record["stride"]) if "stride" in record else contiguous_stride(shape)
        return cls(getattr(torch, record["dtype"]), shape, stride)

    def to_json(self) -> dict[str, Any]:
        """Return the facts as JSON; strides only where they are not the usual ones."""
        record: dict[str, Any] = {"dtype": dtype_name(self.dtype), "shape": list(self.shape)}
        if self.stride != contiguous_stride(self.shape):
            record["stride"] = list(self.stride)
        return record

    @property
    def size_bytes(self) -> int:
        """The bytes that the elements take."""
        return math.prod(self.shape) * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each tensor lies in the data of a safetensors file.

    Attributes:
        header: the first bytes of the file, up to the data.
        places: for each name, first byte and end in the data.
        size_bytes: the length of the data.
    """

    header: bytes
    places: dict[str, tuple[int, int]]
    size_bytes: int


def lay_out(specs: Mapping[str, TensorSpec], tied: Mapping[str, str]) -> Layout:
    """Place tensors one after the other, widest elements first, so that each lies aligned without a gap.

    Args:
        specs: the tensors to be written, by name.
        tied: names that stand for another tensor, noted as `safetensors.torch.save_model` notes them.
    """
    header: dict[str, Any] = {METADATA: {**tied, "format": "pt"}}
    places, end = {}, 0
    for name in sorted(specs, key=lambda name: (-specs[name].dtype.itemsize, name)):
        spec = specs[name]
        start, end = end, end + spec.size_bytes
        places[name] = (start, end)
        header[name] = {**_format_type(spec), "data_offsets": [start, end]}
    return Layout(_frame(header), places, end)


def contiguous_stride(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the strides of a fresh tensor of this shape.

    >>> contiguous_stride((2, 3, 4))
    (12, 4, 1)
    """
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


def copyable(tensor: Tensor) -> Tensor:
    """Return a view that torch can copy: it has no copy of sub-byte integers, and warns of half complex."""
    if tensor.dtype in FORMAT_DTYPES or tensor.dtype in (torch.complex64, torch.complex128):
        return tensor
    return tensor.view(_SAME_SIZE[tensor.dtype.itemsize])


def dtype_name(dtype: torch.dtype) -> str:
    """Return the name of a dtype inside `torch`, such as 'float32'."""
    return str(dtype).removeprefix("torch.")


def _format_type(spec: TensorSpec) -> dict[str, Any]:
    name = FORMAT_DTYPES.get(spec.dtype)
    if name is None:
        return {"dtype": "U8", "shape": [*spec.shape, spec.dtype.itemsize]}
    return {"dtype": name, "shape": list(spec.shape)}


def _frame(header: dict[str, Any]) -> bytes:
    text = json.dumps(header, separators=(",", ":")).encode()
    # The data begins at a multiple of 8, so that whoever maps the file finds it aligned.
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text
