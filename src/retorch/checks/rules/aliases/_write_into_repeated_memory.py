"""A write that reaches elements which it does not name, because they are the same memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import ReferenceType

import torch
from torch import Tensor
from torch.utils.weak import WeakIdKeyDictionary, WeakIdRef

from retorch.checks._arguments import tensors_among
from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone, Written
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._memory import comparable
from retorch.lines import Site, user_site
from retorch.memory import Layout, overlaps_itself

# Doing it twice to one element is not doing it once.
_NOT_TWICE = frozenset(
    f"{name}_" for name in ("add", "sub", "mul", "div", "pow", "exp", "log", "sqrt", "neg", "sigmoid", "tanh", "lerp",
                            "addcmul", "addcdiv", "cumsum", "cumprod")
) | {"__iadd__", "__isub__", "__imul__", "__itruediv__", "__ipow__"}  # fmt: skip
_PARTS = frozenset({"__getitem__", "select", "narrow", "diagonal"})
_PARTLY = frozenset({"__setitem__", "masked_fill_", "index_fill_", "fill_diagonal_"})
_MOST_ELEMENTS = 1_000_000


class WriteIntoRepeatedMemory(Rule):
    """A write in place into one row of an expanded tensor, which is all of its rows; or into overlapping windows.

    Why it matters: `expand`, `broadcast_to` and `meshgrid` repeat memory without copying it. torch refuses most writes
    into the whole of it, and lets those into a part pass: `mask[0, 3] = 0` sets column 3 of every row. Windows of
    `unfold` overlap, and `windows.mul_(2)` doubles some elements several times.

    When it is fine: to show that the memory is one. A write that is the same for all of what is repeated is not
    reported, nor one that sets windows to values, nor one into a row when the expanded tensor is not read any more.

    Wrong: `mask = base.expand(batch, -1); mask[0, 3] = 0`.

    Right: `mask = base.expand(batch, -1).clone()`, or `base.repeat(batch, 1)`.

    Reported: https://github.com/pytorch/pytorch/issues/8994, https://github.com/pytorch/pytorch/issues/95989
    """

    name = "write-into-repeated-memory"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # Views of one part of repeated memory, each with the tensor that repeats it, and which part.
        self._parts: WeakIdKeyDictionary = WeakIdKeyDictionary()
        # Written in a part: where, and which part.
        self._reaching: WeakIdKeyDictionary = WeakIdKeyDictionary()
        self._written: list[ReferenceType[Tensor]] = []

    @sees(Written)
    def note(self, seen: Written) -> None:
        """Note what the call that is done just now has written."""
        self._written.append(WeakIdRef(seen.tensor))

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge a write; follow the parts of tensors that repeat their memory."""
        written, self._written = [tensor for each in self._written if (tensor := each()) is not None], []
        for tensor in written:
            yield from self._judge_write(tensor, seen)
        if self._reaching and not written:
            yield from self._judge_use(seen)
        if seen.function.__name__ in _PARTS and isinstance(seen.result, Tensor):
            self._follow_part(seen, seen.args[0], seen.result)

    def _judge_use(self, seen: OperationDone) -> Iterator[Finding]:
        part = _part(seen) if seen.function.__name__ in _PARTS else ""
        for tensor in tensors_among(seen.args, seen.kwargs):
            site, written = self._reaching.get(tensor, (None, ""))
            # Who takes the part that he has written reads what he meant.
            if site is not None and part != written:
                del self._reaching[tensor]
                yield self._found(site, tensor, "a part of it was written, and all of it is used afterwards")

    def _judge_write(self, tensor: Tensor, seen: OperationDone) -> Iterator[Finding]:
        name = seen.function.__name__
        repeated = _repeated(tensor)
        whole = self._parts.get(tensor)
        if repeated:
            if name in _PARTLY and tensor is seen.args[0] and not _is_alike(seen, repeated):
                self._reaching[tensor] = user_site(), _part(seen)
        elif name in _NOT_TWICE and _overlaps(tensor):
            yield self._found(user_site(), tensor, f"its windows overlap: `{name}` does some elements twice")
        elif whole is not None and whole[0]() is not None:
            self._reaching[whole[0]()] = user_site(), whole[1]

    def _follow_part(self, seen: OperationDone, tensor: Any, part: Tensor) -> None:
        if not isinstance(tensor, Tensor) or part._base is None:  # noqa: SLF001 - a copy by index
            return
        if _repeated(tensor) and not _repeated(part):
            self._parts[part] = WeakIdRef(tensor), _part(seen)
        elif tensor in self._parts:
            self._parts[part] = self._parts[tensor]

    def _found(self, site: Site, tensor: Tensor, what: str) -> Finding:
        return self.finding(
            site,
            "this write reaches elements that it does not name: they are the same memory",
            evidence=f"a tensor of shape {tuple(tensor.shape)} and strides {tensor.stride()} shows "
            f"{tensor.numel()} elements in less memory; {what}",
            remedy="copy before the first write: .expand(...).clone(), or .repeat(...)",
        )


def _part(seen: OperationDone) -> str:
    """Return the first index of a call that takes or writes a part, as something that is equal for equal ones."""
    index = seen.args[1] if len(seen.args) > 1 else None
    return comparable(index[:1] if isinstance(index, tuple) and index else (index,))


def _repeated(tensor: Tensor) -> list[int]:
    """Return the dimensions whose indices all show the same memory."""
    if tensor.layout is not torch.strided:
        return []
    pairs = enumerate(zip(tensor.shape, tensor.stride(), strict=True))
    return [dimension for dimension, (size, stride) in pairs if stride == 0 and size > 1]


def _overlaps(tensor: Tensor) -> bool:
    if tensor.layout is not torch.strided or tensor.is_contiguous():
        return False
    offset = int(tensor.storage_offset())
    layout = Layout(tuple(tensor.shape), tuple(tensor.stride()), offset, tensor.element_size())
    return bool(overlaps_itself(layout))


def _is_alike(seen: OperationDone, repeated: list[int]) -> bool:
    """Tell whether a write names all of what is repeated, or none of it: done to marks that do not share memory."""
    tensor = seen.args[0]
    if tensor.numel() > _MOST_ELEMENTS:
        return True
    marks = torch.zeros(tensor.shape, dtype=torch.bool, device=tensor.device)
    _mark(marks, seen)
    return all(bool((marks == marks.narrow(dimension, 0, 1)).all()) for dimension in repeated)


def _mark(marks: Tensor, seen: OperationDone) -> None:
    match seen.function.__name__, seen.args, seen.kwargs:
        case "__setitem__", (_, index, _), _:
            marks[index] = True
        case "fill_diagonal_", _, _:
            marks.fill_diagonal_(1)
        case "masked_fill_", (_, mask, *_), _:
            marks.masked_fill_(mask, 1)
        case "index_fill_", (_, dimension, index, *_), _:
            marks.index_fill_(dimension, index, 1)
