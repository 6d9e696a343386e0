"""Taking tensors of every kind apart into strided ones, whose elements have an order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor
from torch.utils._python_dispatch import _disable_current_modes

from retorch.errors import UsageError
from retorch.fingerprints._memory import name_of
from retorch.fingerprints._mixing import seed_of
from retorch.fingerprints._trees import Node, Tree
from retorch.tensors import Kind, kind_of

TensorTree: TypeAlias = "Tree[Tensor]"

_VALUELESS: dict[Kind, str] = {
    "functorch": "is one inside torch.func.vmap, grad, jvp or functionalize, which stands for values that "
    "are not there yet; take the fingerprint outside of the transformed function",
    "fake": "is a fake one, made while torch.compile or torch.export traces",
    "meta": "is on the meta device, which holds none",
    "uninitialised": "is a lazy module's parameter, which gets its values at the first batch",
}

_OF_DTENSOR = ("_local_tensor",)  # what this process holds of it
_NO_VALUES = ("_min_seqlen_tensor", "_max_seqlen_tensor")  # what a nested tensor was asked for, and keeps from then on


class undisturbed:  # noqa: N801 - reads as the function that it stands for, and is entered four times as fast
    """Within it, torch's modes hear nothing and no graph grows: looking is not part of the program."""

    __slots__ = ("_functions", "_grad", "_modes")

    def __enter__(self) -> None:
        self._functions = torch._C.DisableTorchFunction()  # noqa: SLF001 - has no public name
        self._functions.__enter__()
        # After it: a mode would hear of this too.
        self._grad = torch.is_grad_enabled()
        torch._C._set_grad_enabled(False)  # noqa: FBT003, SLF001 - what torch.no_grad calls
        self._modes = _disable_current_modes() if torch._C._len_torch_dispatch_stack() else None  # noqa: SLF001
        if self._modes is not None:
            self._modes.__enter__()

    def __exit__(self, *error: object) -> None:
        if self._modes is not None:
            self._modes.__exit__(None, None, None)
        torch._C._set_grad_enabled(self._grad)  # noqa: SLF001
        self._functions.__exit__(None, None, None)


def refusal(tensor: Tensor) -> str | None:
    """Say why a tensor has no fingerprint, or return None. To be called `undisturbed`."""
    kind: Kind = "fake" if isinstance(tensor, FakeTensor) else kind_of(tensor)
    if kind not in ("functorch", "uninitialised") and tensor.is_meta:
        kind = "meta"
    if kind in _VALUELESS:
        return f"a fingerprint is made of a tensor's values, and this tensor {_VALUELESS[kind]}"
    if kind == "strided":
        return _refuse_freed(tensor)
    if kind == "wrapper":
        return _refuse_wrapper(tensor)
    return None


def take_apart(tensor: Tensor) -> TensorTree:
    """Return the strided tensors that a tensor consists of, and numbers for all else. To be called `undisturbed`.

    Raises:
        UsageError: the tensor has no values.
    """
    message = refusal(tensor)
    if message is not None:
        raise UsageError(message)
    kind = kind_of(tensor)
    if kind == "wrapper":
        return _wrapped(tensor)
    tensor = tensor.detach()
    return _TAKING_APART[kind](tensor) if kind in _TAKING_APART else tensor


def _refuse_freed(tensor: Tensor) -> str | None:
    last = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))
    needed = (tensor.storage_offset() + last + 1) * tensor.itemsize if tensor.numel() else 0
    present = tensor.untyped_storage().nbytes()
    if needed <= present:
        return None
    return (
        f"a fingerprint is made of a tensor's values, and this tensor's memory was given back: its storage holds "
        f"{present} bytes and its elements take {needed}; take the fingerprint while the memory is there"
    )


def _refuse_wrapper(tensor: Tensor) -> str | None:
    names = _inner_names(tensor)
    if names is None:
        return (
            f"a {type(tensor).__name__} keeps its values in a way that torch has no general access to "
            f"(it has no __tensor_flatten__); take the fingerprints of the tensors in it"
        )
    refusals = (refusal(getattr(tensor, name)) for name in names)
    return next((message for message in refusals if message is not None), None)


def _wrapped(tensor: Tensor) -> TensorTree:
    names = _inner_names(tensor) or ()
    if names == _OF_DTENSOR:
        return take_apart(getattr(tensor, names[0]))  # to_local() would enter the graph
    if hasattr(tensor, "trigger_wait"):  # the result of a collective that is still under way
        return take_apart(tensor.trigger_wait())
    return _node(type(tensor).__qualname__, *names, items=(take_apart(getattr(tensor, name)) for name in names))


def _inner_names(tensor: Tensor) -> tuple[str, ...] | None:
    if not hasattr(tensor, "__tensor_flatten__"):
        return None
    names, _ = tensor.__tensor_flatten__()
    tensors = tuple(name for name in names if isinstance(getattr(tensor, name), Tensor) and name not in _NO_VALUES)
    return _OF_DTENSOR if _OF_DTENSOR[0] in tensors else tensors


def _sparse(tensor: Tensor) -> TensorTree:
    """As stored: the same matrix with its entries in another order, or entered twice, is another one."""
    return _node(tensor.layout, list(tensor.shape), items=(part.detach() for part in _SPARSE[tensor.layout](tensor)))


_SPARSE: dict[torch.layout, Callable[[Tensor], tuple[Tensor, ...]]] = {
    torch.sparse_coo: lambda tensor: (tensor._indices(), tensor._values()),  # noqa: SLF001 - the public ones refuse what is not coalesced
    torch.sparse_csr: lambda tensor: (tensor.crow_indices(), tensor.col_indices(), tensor.values()),
    torch.sparse_bsr: lambda tensor: (tensor.crow_indices(), tensor.col_indices(), tensor.values()),
    torch.sparse_csc: lambda tensor: (tensor.ccol_indices(), tensor.row_indices(), tensor.values()),
    torch.sparse_bsc: lambda tensor: (tensor.ccol_indices(), tensor.row_indices(), tensor.values()),
}


def _nested(tensor: Tensor) -> TensorTree:
    if tensor.layout is torch.jagged:
        return _wrapped(tensor)
    return _node("nested", items=(part.detach() for part in tensor.unbind()))


def _opaque(tensor: Tensor) -> TensorTree:
    return _node("mkldnn", items=(tensor.to_dense(),))


def _quantized(tensor: Tensor) -> TensorTree:
    heading = ("quantized", name_of(tensor.dtype), list(tensor.shape), tensor.qscheme())
    if tensor.qscheme() in (torch.per_tensor_affine, torch.per_tensor_symmetric):
        return _node(*heading, tensor.q_scale().hex(), tensor.q_zero_point(), items=(tensor.int_repr(),))
    parts = (tensor.int_repr(), tensor.q_per_channel_scales(), tensor.q_per_channel_zero_points())
    return _node(*heading, tensor.q_per_channel_axis(), items=parts)


_TAKING_APART: dict[Kind, Callable[[Tensor], TensorTree]] = {
    "sparse": _sparse,
    "nested": _nested,
    "opaque": _opaque,
    "quantized": _quantized,
}


def _node(*heading: object, items: Iterable[TensorTree]) -> TensorTree:
    return Node(seed_of(" ".join(map(str, heading))), tuple(items))
