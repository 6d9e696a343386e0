"""Meta twins: tensors without memory that torch can be asked about in place of real ones."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils._python_dispatch import _disable_current_modes

from retorch.errors import UsageError
from retorch.memory import Layout
from retorch.questions._spelling import operand
from retorch.tensors import TensorFacts

_META = torch.device("meta")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """All of a strided tensor that decides what an operation does to it, apart from its values.

    Attributes:
        layout: shape, strides, offset and itemsize.
        dtype: of its elements.
        device: where the memory is, or is said to be for a fake tensor.
        storage_bytes: the size of its storage; None where there is no memory (meta, fake).
        is_conj: whether its values are the conjugates of those in memory.
        is_neg: whether its values are the negatives of those in memory.
        requires_grad: only `numpy` asks for it.
        is_fake: the same; it refuses fake tensors.
        name: what the tensor is called in the sentences of an answer.
    """

    layout: Layout
    dtype: torch.dtype
    device: torch.device
    storage_bytes: int | None
    is_conj: bool = False
    is_neg: bool = False
    requires_grad: bool = False
    is_fake: bool = False
    name: str = "x"

    @classmethod
    def of(cls, facts: TensorFacts, name: str = "x") -> Subject:
        """Take what is needed out of the facts about a tensor.

        Args:
            facts: what is known about it.
            name: what the user calls it, or an expression for it.

        Raises:
            UsageError: it is no tensor, or one whose elements have no place that strides give.
        """
        if facts.kind not in _WITH_TWINS or facts.layout is None or not isinstance(facts.dtype, torch.dtype):
            raise UsageError(_not_for(facts))
        assert facts.device is not None
        return cls(
            layout=facts.layout,
            dtype=facts.dtype,
            device=facts.device,
            storage_bytes=facts.storage.size if facts.storage is not None and facts.kind == "strided" else None,
            is_fake=facts.kind == "fake",
            is_conj=facts.conj,
            is_neg=facts.neg,
            requires_grad=facts.autograd is not None and facts.autograd.requires_grad,
            name=operand(name),
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each dimension."""
        return self.layout.shape


def twin_of(subject: Subject) -> Tensor:
    """Build a tensor on the meta device with the same layout in a storage as large. Use it in `plain_torch`."""
    layout = subject.layout
    # A storage may have been resized to less than its tensors see (FSDP does so); views of them still work.
    size = max(subject.storage_bytes or 0, layout.extent()[1])
    storage = torch.UntypedStorage(size, device=_META)
    twin = torch.empty(0, dtype=subject.dtype, device=_META).set_(storage, layout.offset, layout.shape, layout.strides)
    return with_bits(twin, subject)


def with_bits(tensor: Tensor, subject: Subject) -> Tensor:
    """Return the tensor with the conjugate and negative bits of the subject."""
    tensor = tensor.conj() if subject.is_conj else tensor
    return torch._neg_view(tensor) if subject.is_neg else tensor  # noqa: SLF001 - the only way to set the bit


def one_element(shape: tuple[int, ...], dtype: torch.dtype = torch.uint8) -> Tensor:
    """Return a tensor of any shape in host memory that consists of one element seen at every index."""
    return torch.zeros(1, dtype=dtype).as_strided(shape, (0,) * len(shape))


def same_storage(first: Tensor, second: Tensor) -> bool:
    """Whether two tensors have one storage; neither data pointers nor `_is_view` can tell (see the facts page)."""
    return bool(first.untyped_storage()._cdata == second.untyped_storage()._cdata)  # noqa: SLF001 - its identity


_WITH_TWINS = ("strided", "meta", "fake")


def _not_for(facts: TensorFacts) -> str:
    if facts.kind == "array":
        return "Not for a NumPy array: ask about torch.from_numpy(array), which shares its memory."
    if facts.layout is None and facts.kind in _WITH_TWINS:
        return "Not for a tensor whose sizes torch keeps symbolic while it traces: ask outside of torch.compile."
    return (
        f"Not for this kind of tensor: what an operation would do is known where shape and strides say everything, "
        f"and this is a {facts.kind} one ({facts.type_name})."
    )


# Filters of warnings belong to the process: threads that take turns out of order would leave them silenced for good.
_ONE_AT_A_TIME = threading.RLock()


@contextlib.contextmanager
def plain_torch() -> Iterator[None]:
    """Keep the caller's modes, transforms and warnings out: what happens inside is nobody's business."""
    with_gradients = torch.is_grad_enabled()
    with (
        _ONE_AT_A_TIME,
        _disable_current_modes(),
        torch._C._DisableFuncTorch(),  # noqa: SLF001
        torch._C.DisableTorchFunction(),  # noqa: SLF001
        torch.inference_mode(mode=False),
        torch.set_grad_enabled(with_gradients),  # leaving inference mode switches them on, and `numpy` asks
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        always = torch.is_warn_always_enabled()
        # Otherwise a warning that torch gives once in a process would be used up here, unseen.
        torch.set_warn_always(True)
        try:
            yield
        finally:
            torch.set_warn_always(always)
