"""Try an operation on a twin: most by calling the method of that name, a few by rules of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from retorch.memory import Layout
from retorch.questions._indexing import indexed
from retorch.questions._moving import as_array, moved
from retorch.questions._outcomes import Outcome
from retorch.questions._spelling import spelled, spelled_key
from retorch.questions._twins import Subject, one_element, same_storage


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a tensor with its arguments, an attribute such as `T`, or "index" with a key.

    Attributes:
        name: of the method, as torch has it.
        args: as the user would give them.
        kwargs: the same.
    """

    name: str
    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        if self.name == "index":
            return spelled_key(self.args[0])
        if self.name in _FUNCTIONS:
            return f"torch.{self.name}(x)"
        return self.name if self.name in _ATTRIBUTES else spelled(self.name, self.args, self.kwargs)


def perform(subject: Subject, twin: Tensor, operation: Operation) -> Outcome:
    """Do to the twin what was asked about the subject. Call it in `plain_torch`.

    Raises:
        Exception: what torch would raise.
    """
    args, kwargs = operation.args, operation.kwargs
    special = _SPECIAL.get(operation.name)
    if special is not None:
        return special(subject, twin, *args, **kwargs)
    if operation.name in _ATTRIBUTES:
        return Outcome(getattr(twin, operation.name), subject.device)
    if operation.name in _FUNCTIONS:
        return Outcome(getattr(torch, operation.name)(twin), subject.device)
    try:
        return Outcome(getattr(twin, operation.name)(*args, **kwargs), subject.device)
    except RuntimeError:
        if operation.name in _WORDED_FOR_META:
            getattr(one_element(subject.shape, subject.dtype), operation.name)(*args, **kwargs)
        raise


def subject_after(subject: Subject, operation: Operation, outcome: Outcome) -> Subject:
    """Describe the result of an operation, so that it can be asked about in turn."""
    result = outcome.result
    assert isinstance(result, Tensor)
    return replace(
        subject,
        layout=Layout(tuple(result.shape), result.stride(), int(result.storage_offset()), result.itemsize),
        dtype=result.dtype,
        device=outcome.device,
        storage_bytes=result.untyped_storage().nbytes(),
        is_conj=result.is_conj(),
        is_neg=result.is_neg(),
        requires_grad=subject.requires_grad and operation.name != "detach",
    )


def bytes_of_copies(twin: Tensor, results: Sequence[Tensor]) -> int:
    """Add up the new memory that results take."""
    return sum(result.numel() * result.itemsize for result in results if not same_storage(twin, result))


def _within_storage(subject: Subject, twin: Tensor, *args: Any, **kwargs: Any) -> Outcome:
    """Find what `as_strided` gives. Meta tensors check too little: neither the storage's end nor, in 2.11, signs."""
    try:
        one_element(subject.shape).as_strided(*args, **kwargs)
    except RuntimeError as error:
        if not str(error).startswith("setStorage"):
            raise
    result = twin.as_strided(*args, **kwargs)
    layout = Layout(tuple(result.shape), result.stride(), int(result.storage_offset()), result.itemsize)
    needed = layout.extent()[1]
    if subject.storage_bytes is not None and needed > subject.storage_bytes:
        raise RuntimeError(
            f"setStorage: sizes {list(layout.shape)}, strides {list(layout.strides)}, storage offset {layout.offset}, "
            f"and itemsize {layout.itemsize} requiring a storage size of {needed} are out of bounds "
            f"for storage of size {subject.storage_bytes}"
        )
    if layout.offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {layout.offset}")
    return Outcome(result, subject.device)


def _to_host(subject: Subject, twin: Tensor, *args: Any, **kwargs: Any) -> Outcome:
    return moved(subject, twin, "cpu", *args, **kwargs)


def _flipped(subject: Subject, twin: Tensor, *dims: int) -> Outcome:
    """Find what `flip` gives. Meta tensors have it for every dtype, host memory not (complex32, uint16, float8)."""
    torch.zeros(2, dtype=subject.dtype).flip(0)
    return Outcome(twin.flip(*dims), subject.device)


_ATTRIBUTES = frozenset({"T", "mT", "H", "mH", "real", "imag"})
# Their errors name the kind of memory: a tensor in host memory gives the usual words.
_WORDED_FOR_META = frozenset({"expand", "expand_as"})
_FUNCTIONS = frozenset({"view_as_real", "view_as_complex"})
_SPECIAL: dict[str, Callable[..., Outcome]] = {
    "as_strided": _within_storage,
    "cpu": _to_host,
    "flip": _flipped,
    "index": indexed,
    "numpy": as_array,
    "to": moved,
}
