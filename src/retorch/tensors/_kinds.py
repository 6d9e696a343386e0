"""`Kind`: what sort of thing a tensor is, so that nothing is said of one that holds only of another."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor
from torch.nn.parameter import is_lazy

Kind: TypeAlias = Literal[
    "strided",  # elements in a storage, at places that strides give
    "quantized",  # the same, of integers that stand for real numbers
    "meta",  # shape and strides without memory
    "fake",  # the same, made while torch.compile or torch.export traces
    "sparse",  # indices and values in tensors of their own
    "nested",  # several tensors of different shapes
    "opaque",  # a backend keeps it in a form of its own (oneDNN)
    "wrapper",  # a Python subclass round other tensors (DTensor, MaskedTensor)
    "functorch",  # inside torch.func.vmap, grad, jvp or functionalize
    "uninitialised",  # a lazy module's parameter before its first batch
    "array",  # NumPy's
    "storage",  # a block of memory without a shape
    "buffer",  # memoryview, bytearray, bytes
]

_PLAIN_TYPES = (Tensor, torch.nn.Parameter)
_NO_DISPATCH = Tensor.__torch_dispatch__

# Elements of these have a place, so shape and strides say where.
PLACED: frozenset[Kind] = frozenset({"strided", "quantized", "meta", "fake", "array", "storage", "buffer"})


def kind_of(tensor: Tensor) -> Kind:
    """Return the kind of a tensor; reads no value and runs no operation. Torch functions must be disabled around it.

    >>> kind_of(torch.ones(2)), kind_of(torch.eye(2).to_sparse()), kind_of(torch.ones(2, device="meta"))
    ('strided', 'sparse', 'meta')
    """
    if torch._C._functorch.is_functorch_wrapped_tensor(tensor) or torch._is_functional_tensor(tensor):  # noqa: SLF001
        return "functorch"
    by_layout = _kind_by_layout(tensor)
    if by_layout is not None:
        return by_layout
    if type(tensor) not in _PLAIN_TYPES:
        by_type = _kind_by_type(tensor)
        if by_type is not None:
            return by_type
    if tensor.is_quantized:
        return "quantized"
    return "meta" if tensor.is_meta else "strided"


def _kind_by_layout(tensor: Tensor) -> Kind | None:
    if tensor.is_nested:
        return "nested"
    if tensor.layout is torch.strided:
        return None
    return "opaque" if tensor.is_mkldnn else "sparse"


def _kind_by_type(tensor: Tensor) -> Kind | None:
    if is_lazy(tensor):
        return "uninitialised"
    if isinstance(tensor, FakeTensor):
        return "fake"
    # A subclass that only adds methods is as strided as its parent.
    return "wrapper" if type(tensor).__torch_dispatch__ is not _NO_DISPATCH and _has_no_storage(tensor) else None


def _has_no_storage(tensor: Tensor) -> bool:
    try:
        tensor.untyped_storage().data_ptr()
    except RuntimeError:
        return True
    return False
