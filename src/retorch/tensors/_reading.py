"""`read_facts`: look at a tensor, an array, a storage or a buffer without changing it or keeping it alive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retorch.errors import UsageError
from retorch.memory import Layout, NotForThisKind, find_parts
from retorch.tensors._arrays import read_array, read_other, read_storage
from retorch.tensors._autograd import read_autograd
from retorch.tensors._facts import Piece, StorageFacts, TensorFacts, ViewFacts
from retorch.tensors._kinds import PLACED, Kind, kind_of
from retorch.tensors._writing import judge_writing

# A storage is held by the tensor that is looked at, and by the Python object that looking makes.
_HOLDERS_OF_ITS_OWN = 2


def read_facts(x: Any, *, backward_from: Tensor | Sequence[Tensor] | None = None) -> TensorFacts:
    """Read what is known about one tensor: where its elements lie, what it keeps alive, what a write would do.

    Reads no value, waits for no device, runs no operation, changes nothing, and keeps no reference.

    Args:
        x: a tensor or parameter of any kind, shape, dtype and device; a NumPy array; a torch storage; a memoryview,
            bytearray, bytes or another buffer; or what speaks `__array_interface__` or DLPack.
        backward_from: the tensors from which a backward will start, such as the loss. Their graph is looked through
            for operations that saved `x`. Without it only what made `x` can be looked at. What an in-place operation
            on a view saved is not found: torch hides it.

    Raises:
        UsageError: `x` is nothing of that, its memory is not lent to anybody, or no backward can start from
            `backward_from`.

    >>> facts = read_facts(torch.arange(12.0).view(3, 4).t())
    >>> facts.layout.strides, facts.contiguity.dimension, facts.bytes_kept_alive
    ((1, 4), 1, 48)
    """
    # Reading an attribute of a subclass, or under a torch function mode, would run their code.
    with torch._C.DisableTorchFunction(), torch._C._DisableTorchDispatch():  # noqa: SLF001
        roots = None if backward_from is None else _roots(backward_from)
        if isinstance(x, Tensor):
            return _read_tensor(x, roots)
        if isinstance(x, np.ndarray):
            return read_array(x)
        if isinstance(x, (torch.UntypedStorage, torch.TypedStorage)):
            return read_storage(x)
        return read_other(x)


def _roots(backward_from: Tensor | Sequence[Tensor]) -> list[Tensor]:
    roots = list(backward_from) if isinstance(backward_from, Sequence) else [backward_from]
    for root in roots:
        if not isinstance(root, Tensor):
            raise UsageError(f"backward_from= takes tensors such as the loss, no {type(root).__name__}")
        if not root.requires_grad:
            raise UsageError(
                "no backward can start from the tensor given as backward_from=: it does not require a gradient; "
                "give the loss, before it is detached"
            )
    return roots


def _read_tensor(tensor: Tensor, roots: Sequence[Tensor] | None) -> TensorFacts:
    kind = kind_of(tensor)
    shape = _shape(tensor, kind)
    layout = _layout(tensor, kind, shape)
    autograd = read_autograd(tensor)
    storage = _storage(tensor, kind)
    return TensorFacts(
        kind=kind,
        type_name=type(tensor).__name__,
        shape=shape,
        dtype=tensor.dtype,
        device=tensor.device,
        torch_layout=str(tensor.layout).removeprefix("torch."),
        layout=layout,
        byte_strides=None,
        bytes_seen=None if layout is None else layout.bytes_seen,
        storage=storage,
        view=_view(tensor),
        conj=tensor.is_conj(),
        neg=tensor.is_neg(),
        autograd=autograd,
        in_place=judge_writing(
            tensor,
            kind,
            layout=layout,
            autograd=autograd,
            storage=None if storage is None else storage.identity,
            roots=roots,
        ),
        pieces=() if kind in PLACED else _pieces(tensor),
    )


def _shape(tensor: Tensor, kind: Kind) -> tuple[int | str, ...] | None:
    if kind == "uninitialised":
        return None
    try:
        # Turning a symbolic size into a number would add a guard to what is being traced.
        return tuple(size if type(size) is int else str(size) for size in tensor.shape)
    except RuntimeError:  # nested tensors of the strided layout have no one shape
        return None


def _layout(tensor: Tensor, kind: Kind, shape: tuple[int | str, ...] | None) -> Layout | None:
    if kind not in PLACED or shape is None:
        return None
    strides, offset = tensor.stride(), tensor.storage_offset()
    if not all(type(number) is int for number in (*shape, *strides, offset)):
        return None
    return Layout(shape, strides, offset, tensor.element_size())  # type: ignore[arg-type]


def _storage(tensor: Tensor, kind: Kind) -> StorageFacts | None:
    if kind not in PLACED:
        return None
    try:
        storage = tensor.untyped_storage()
    except (RuntimeError, NotImplementedError):  # a backend that keeps elements elsewhere
        return None
    identity, on_cpu = storage._cdata, tensor.is_cpu  # noqa: SLF001
    shared = on_cpu and storage.is_shared()
    return StorageFacts(
        size=storage.nbytes(),
        identity=identity,
        other_holders=torch._C._storage_Use_Count(identity) - _HOLDERS_OF_ITS_OWN,  # noqa: SLF001
        lent=not (shared or storage.resizable()),
        pinned=on_cpu and tensor.is_pinned(),
        shared=shared,
    )


def _pieces(tensor: Tensor) -> tuple[Piece, ...]:
    try:
        parts = find_parts(tensor)
    except NotForThisKind:
        return ()
    return tuple(
        Piece(
            name=name,
            description=span.describe(),
            bytes_seen=span.numel * span.itemsize,
            storage=StorageFacts(span.buffer.end - span.buffer.begin, span.buffer.identity),
        )
        for name, span in parts
    )


def _view(tensor: Tensor) -> ViewFacts | None:
    base = tensor._base  # noqa: SLF001 - torch has no other door to it
    if base is None:
        return None
    return ViewFacts(type(base).__name__, _shape(base, "strided"), base.dtype, base.requires_grad, base.is_leaf)
