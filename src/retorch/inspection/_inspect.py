"""`inspect`: what a tensor is in memory, or each tensor of a batch or a module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, overload

import numpy as np
import torch
from torch import Tensor, nn

from retorch.inspection._collection import Collection, collect
from retorch.inspection._inspection import Inspection
from retorch.inspection._undisturbed import outside_of_compile
from retorch.memory import is_member
from retorch.tensors import read_facts

Roots: TypeAlias = Tensor | Sequence[Tensor]
Single: TypeAlias = Tensor | np.ndarray[Any, Any] | torch.UntypedStorage | torch.TypedStorage | memoryview


@overload
def inspect(x: Single, *, backward_from: Roots | None = ..., name: str | None = ...) -> Inspection: ...


@overload
def inspect(
    x: nn.Module | Mapping[Any, Any] | list[Any] | tuple[Any, ...],
    *,
    backward_from: Roots | None = ...,
    name: str | None = ...,
) -> Collection: ...


@overload
def inspect(x: Any, *, backward_from: Roots | None = ..., name: str | None = ...) -> Inspection | Collection: ...


@outside_of_compile
def inspect(x: Any, *, backward_from: Roots | None = None, name: str | None = None) -> Inspection | Collection:
    """Say what a tensor is in memory: layout, contiguity, what it shares, what a write would do.

    Reads no value, waits for no device, changes nothing and keeps nothing alive.

    Args:
        x: a tensor or parameter of any kind; a NumPy array; a storage; a memoryview or another buffer. Or a module,
            an optimizer, or dictionaries, lists, tuples and dataclasses of all these: then each tensor in it.
        backward_from: the tensors from which a backward will start, such as the loss. Their graph is looked through
            for operations that still need the value of `x`, which a write would break.
        name: what to call it on the card, in the drawing and in answers, which otherwise say `x`.

    Returns:
        An `Inspection` of one tensor, or a `Collection` of several by name.

    Raises:
        UsageError: `x` is no tensor and holds none, or no backward can start from `backward_from`.

    >>> import retorch
    >>> print(retorch.inspect(torch.zeros(3, 4).t()[:2]))  # doctest: +NORMALIZE_WHITESPACE
    tensor  float32 [2, 3]  cpu
    strides        [1, 4], offset 0
    contiguous     no: dimension 1 has stride 4, row-major order needs 1 (it steps
                   over 3 elements)
    memory         24 bytes seen, 48 bytes of storage kept alive
    view           of a float32 [3, 4] tensor; writing to one changes the other
    in-place       allowed, as far as seen without backward_from=
    autograd       leaf, requires no gradient, version 0
    <BLANKLINE>
    place of each element in the storage
    [[0 4 8]
     [1 5 9]]
    >>> retorch.inspect({"x": torch.zeros(2), "y": [torch.ones(3)]}).facts["y[0]"].bytes_seen
    12
    """
    if is_member(x):
        return Inspection(read_facts(x, backward_from=backward_from), name or "")
    return collect(x, backward_from=backward_from, name=name or "")
