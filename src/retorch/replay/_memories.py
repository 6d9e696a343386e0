"""`Memories`: each storage of a trace by a number, and the fingerprints of what tensors see in it, made once."""

from __future__ import annotations

from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

from retorch.errors import UsageError
from retorch.fingerprints import Later, fingerprint, fingerprint_later
from retorch.replay._operations import Form

Word: TypeAlias = int | Later
"""A fingerprint, or one that an accelerator still computes."""

Look: TypeAlias = tuple[Word, Form, int]
"""What is known of a tensor at one moment: its fingerprint, its form and the number of its memory."""

_FEWEST_TO_FORGET = 4096
_SMALL = 1 << 18


class Memory:
    """One storage.

    Attributes:
        number: from 1, in the order of first sight.
        known: the fingerprints of what tensors see in it since it was last written to, with their versions.
        is_blank: nothing that means anything was written yet.
    """

    __slots__ = ("_alive", "is_blank", "is_kept_by_torch", "known", "number")

    def __init__(self, number: int, storage: torch.UntypedStorage) -> None:
        self.number = number
        self.is_blank = False
        # NumPy and others write to memory of their own without telling torch.
        self.is_kept_by_torch = storage.resizable()
        self.known: dict[Any, tuple[int, Word]] = {}
        # As long as it exists, no other storage gets the same address.
        self._alive = StorageWeakRef(storage)

    def is_gone(self) -> bool:
        """Tell whether torch has freed it."""
        return bool(self._alive.expired())


class Memories:
    """All storages that a trace meets. Holds none of them alive."""

    def __init__(self) -> None:
        self._by_address: dict[int, Memory] = {}
        self._forms: dict[Any, Form] = {}
        self._numbers = 0
        self._forget_at = _FEWEST_TO_FORGET

    def look(self, tensor: Tensor, *, unread: bool = False) -> Look:
        """Return what is known of a tensor now. With `unread` its values do not matter, and the fingerprint is 0.

        Runs below autograd, with every mode off; waits for no device.
        """
        memory = self.of(tensor)
        if memory is None or tensor.layout is not torch.strided:
            word = 0 if unread else _made(tensor)
            return word, _form_of_another_kind(tensor), 0 if memory is None else memory.number
        key = (tensor.shape, tensor.stride(), tensor.storage_offset(), tensor.dtype, tensor.device)
        form = self._forms.get(key)
        if form is None:
            form = self._forms[key] = _form(tensor)
        if unread or memory.is_blank:
            return 0, form, memory.number
        version = 0 if tensor.is_inference() else tensor._version  # noqa: SLF001 - no public name
        known = memory.known.get(key)
        if known is not None and known[0] == version and not tensor.is_neg():
            return known[1], form, memory.number
        word = _made(tensor)
        if memory.is_kept_by_torch and not tensor.is_neg() and not tensor.is_conj():
            memory.known[key] = (version, word)
        return word, form, memory.number

    def of(self, tensor: Tensor) -> Memory | None:
        """Return the memory of a tensor; None where it has no storage. That of a sparse one is that of its values."""
        try:
            storage = tensor.untyped_storage()
        except (NotImplementedError, RuntimeError):
            inner = _values_of(tensor)
            return None if inner is None else self.of(inner)
        memory = self._by_address.get(storage._cdata)  # noqa: SLF001 - no public identity
        if memory is None:
            if len(self._by_address) >= self._forget_at:
                self.forget_gone()
            self._numbers += 1
            memory = self._by_address[storage._cdata] = Memory(self._numbers, storage)  # noqa: SLF001
        return memory

    def blank(self, tensor: Tensor) -> None:
        """Note that the values of a tensor mean nothing until an operation writes to it."""
        memory = self.of(tensor)
        if memory is not None:
            memory.is_blank = True

    def wrote(self, tensor: Tensor) -> None:
        """Note that an operation wrote to a tensor."""
        memory = self.of(tensor)
        if memory is not None:
            memory.is_blank = False
            memory.known.clear()

    def forget_known(self) -> None:
        """Make every fingerprint anew from now on: between steps anybody may have written to anything."""
        for memory in self._by_address.values():
            memory.known.clear()

    def forget_gone(self) -> None:
        """Drop what is known of storages that were freed."""
        self._by_address = {address: one for address, one in self._by_address.items() if not one.is_gone()}
        self._forget_at = max(_FEWEST_TO_FORGET, 2 * len(self._by_address))


def _made(tensor: Tensor) -> Word:
    try:
        if not tensor.is_cpu:
            return fingerprint_later([tensor])
        # The fingerprint is the same; of small ones a copy is made faster than a walk through the strides.
        if tensor.layout is torch.strided and tensor.numel() <= _SMALL:
            tensor = tensor.contiguous()
        return fingerprint(tensor)
    except UsageError:  # it has no values: a meta tensor, or one whose memory was given back
        return 0


def _values_of(tensor: Tensor) -> Tensor | None:
    if tensor.layout is torch.sparse_coo:
        return tensor._values()  # noqa: SLF001 - `values()` refuses before coalescing
    if tensor.layout in {torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc}:
        return tensor.values()
    return None


def _form(tensor: Tensor) -> Form:
    words = []
    if not tensor.is_contiguous():
        words.append(f"strides {tuple(tensor.stride())}")
    if tensor.storage_offset():
        words.append(f"offset {tensor.storage_offset()}")
    return Form(tuple(tensor.shape), _dtype(tensor), tensor.device.type, ", ".join(words))


def _form_of_another_kind(tensor: Tensor) -> Form:
    shape = () if tensor.is_nested else tuple(tensor.shape)
    return Form(shape, _dtype(tensor), tensor.device.type, str(tensor.layout).removeprefix("torch."))


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
