"""`Questions`: what an operation would do to the inspected tensor, asked by the names that torch has for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor

from retorch.inspection._undisturbed import outside_of_compile
from retorch.questions import Answer, Subject, ask
from retorch.tensors import TensorFacts

Sizes: TypeAlias = int | Sequence[int]


class Questions:
    """Ask what an operation would do, without doing it.

    Each method takes what the method of the same name of `torch.Tensor` takes, and returns an `Answer`: would it work,
    would the result share the memory or copy it, and which shape and strides would it have. Torch itself answers, on a
    tensor without memory that has the same layout; the inspected tensor is not touched, and no device is waited for.

    All of them raise `UsageError` for kinds of tensors that strides do not describe (sparse, nested, quantized, inside
    `torch.func`), for NumPy arrays and storages. What torch would raise is no exception here but `answer.error`.

    >>> import torch, retorch
    >>> x = torch.arange(12.0).view(3, 4)
    >>> print(retorch.inspect(x.t()).view(2, -1).reason)
    dimensions 0 and 1 cannot be merged: stride 1 of dimension 0 is not 3 x stride 4 of dimension 1 (= 12)
    >>> retorch.inspect(x)[:, ::2].strides, retorch.inspect(x)[:, [0, 2]].bytes_copied
    ((4, 2), 24)
    """

    __slots__ = ()

    facts: TensorFacts
    name: str

    # Without it `for row in inspect(x)` would ask x[0], x[1], ... without an end: an answer never raises IndexError.
    __iter__ = None

    def view(self, *shape: Sizes | torch.dtype, **kwargs: Any) -> Answer:
        """Would `x.view(2, -1)` or `x.view(dtype)` work: it shares or raises. `.reshape` tells what reshape does."""
        return self._ask("view", *shape, **kwargs)

    def view_as(self, other: Tensor) -> Answer:
        """Would `x.view_as(other)` work: `view` with the shape of another tensor."""
        return self._ask("view_as", other)

    def view_as_real(self) -> Answer:
        """What `torch.view_as_real(x)` gives: real and imaginary parts in a last dimension of 2, shared."""
        return self._ask("view_as_real")

    def view_as_complex(self) -> Answer:
        """What `torch.view_as_complex(x)` gives: the last dimension of 2 as complex numbers, shared."""
        return self._ask("view_as_complex")

    def reshape(self, *shape: Sizes, **kwargs: Any) -> Answer:
        """What `x.reshape(2, -1)` gives: a view where strides allow, else a copy."""
        return self._ask("reshape", *shape, **kwargs)

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Answer:
        """What `x.flatten()` gives: x itself, a view or a copy."""
        return self._ask("flatten", *_given(start_dim, end_dim, default=(0, -1)))

    def unflatten(self, dim: int, sizes: Sequence[int]) -> Answer:
        """What `x.unflatten(dim, sizes)` gives: one dimension split into several, shared."""
        return self._ask("unflatten", dim, sizes)

    def ravel(self) -> Answer:
        """What `x.ravel()` gives: a view of contiguous tensors; others are copied, also where `reshape(-1)` shares."""
        return self._ask("ravel")

    def permute(self, *dims: Sizes, **kwargs: Any) -> Answer:
        """What `x.permute(2, 0, 1)` gives: always shared."""
        return self._ask("permute", *dims, **kwargs)

    def transpose(self, dim0: int, dim1: int) -> Answer:
        """What `x.transpose(0, 1)` gives: always shared."""
        return self._ask("transpose", dim0, dim1)

    def movedim(self, source: Sizes, destination: Sizes) -> Answer:
        """What `x.movedim(0, -1)` gives: always shared."""
        return self._ask("movedim", source, destination)

    def t(self) -> Answer:
        """What `x.t()` gives for at most two dimensions: always shared."""
        return self._ask("t")

    @property
    def T(self) -> Answer:  # noqa: N802 - torch's name
        """What `x.T` gives: the dimensions in reverse order, always shared."""
        return self._ask("T")

    @property
    def mT(self) -> Answer:  # noqa: N802 - torch's name
        """What `x.mT` gives: the last two dimensions swapped, always shared."""
        return self._ask("mT")

    @property
    def real(self) -> Answer:
        """What `x.real` gives: x itself for real tensors, every second number of the memory for complex ones."""
        return self._ask("real")

    @property
    def imag(self) -> Answer:
        """What `x.imag` gives, for complex tensors: every second number of the memory."""
        return self._ask("imag")

    def expand(self, *sizes: Sizes, **kwargs: Any) -> Answer:
        """What `x.expand(3, -1)` gives: shared, with stride 0 along dimensions that repeat."""
        return self._ask("expand", *sizes, **kwargs)

    def expand_as(self, other: Tensor) -> Answer:
        """What `x.expand_as(other)` gives: `expand` to the shape of another tensor."""
        return self._ask("expand_as", other)

    def as_strided(self, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Answer:
        """What `x.as_strided(size, stride)` gives: any places of the storage, or an error beyond its end."""
        return self._ask("as_strided", size, stride, *_given(storage_offset, default=(None,)))

    def squeeze(self, *dim: Sizes) -> Answer:
        """What `x.squeeze()` or `x.squeeze(0)` gives: always shared."""
        return self._ask("squeeze", *dim)

    def unsqueeze(self, dim: int) -> Answer:
        """What `x.unsqueeze(0)` gives: always shared."""
        return self._ask("unsqueeze", dim)

    def narrow(self, dim: int, start: int, length: int) -> Answer:
        """What `x.narrow(dim, start, length)` gives: shared, like a slice that must fit."""
        return self._ask("narrow", dim, start, length)

    def select(self, dim: int, index: int) -> Answer:
        """What `x.select(dim, index)` gives: shared, like an integer in brackets."""
        return self._ask("select", dim, index)

    def chunk(self, chunks: int, dim: int = 0) -> Answer:
        """What `x.chunk(3)` gives: several results, one answer each in `.parts`, all shared."""
        return self._ask("chunk", chunks, *_given(dim, default=(0,)))

    def split(self, split_size: Sizes, dim: int = 0) -> Answer:
        """What `x.split(2)` or `x.split([1, 2])` gives: several results, one answer each in `.parts`, all shared."""
        return self._ask("split", split_size, *_given(dim, default=(0,)))

    def unbind(self, dim: int = 0) -> Answer:
        """What `x.unbind()` gives: one result for each index, one answer each in `.parts`, all shared."""
        return self._ask("unbind", *_given(dim, default=(0,)))

    def contiguous(self, *, memory_format: torch.memory_format = torch.contiguous_format) -> Answer:
        """What `x.contiguous()` gives: x itself where it is, else a copy."""
        return self._ask("contiguous", **_named(memory_format=memory_format, default=torch.contiguous_format))

    def clone(self, *, memory_format: torch.memory_format = torch.preserve_format) -> Answer:
        """What `x.clone()` gives: always a copy; gaps and repeated elements are not kept."""
        return self._ask("clone", **_named(memory_format=memory_format, default=torch.preserve_format))

    def detach(self) -> Answer:
        """What `x.detach()` gives: always shared, cut off from autograd."""
        return self._ask("detach")

    def to(self, *args: Any, **kwargs: Any) -> Answer:
        """What `x.to(...)` gives, with a dtype, device, other tensor, `copy` or `memory_format`.

        It is x itself where there is nothing to do. Whether a device is there is looked up without starting it.
        """
        return self._ask("to", *args, **kwargs)

    def numpy(self, *, force: bool = False) -> Answer:
        """What `x.numpy()` gives: an array on the same memory, or an error.

        The strides of the answer count elements, `.byte_strides` are the array's. As in torch, it depends on whether
        gradients are enabled where you ask.
        """
        return self._ask("numpy", **_named(force=force, default=False))

    def index(self, key: Any, *, wait: bool = False) -> Answer:
        """What `x[key]` gives: integers and slices share; tensors, lists, masks and bools collect in new memory.

        Args:
            key: what stands in the brackets. A mask in host memory is counted; `torch.tensor(1)` counts as 1.
            wait: read index tensors on an accelerator too. Without it nothing waits for the device, and what depends
                on their values is None in the answer: the shape behind a mask, the offset behind an integer.
        """
        return self._ask("index", key, wait=wait)

    def __getitem__(self, key: Any) -> Answer:
        """What `x[key]` gives; see `index`."""
        return self._ask("index", key)

    @outside_of_compile
    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Answer:
        return ask(Subject.of(self.facts, self.name or "x"), name, *args, **kwargs)


def _given(*values: Any, default: tuple[Any, ...]) -> tuple[Any, ...]:
    """Leave away what the user did not write, so that the answer spells the question as it was asked."""
    return () if values == default else values


def _named(default: Any, **value: Any) -> dict[str, Any]:
    return {name: given for name, given in value.items() if given != default}
