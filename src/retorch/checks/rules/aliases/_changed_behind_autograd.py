"""A value that a backward pass needs is changed where autograd does not notice."""

from __future__ import annotations

import ast
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from linecache import getline
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import BackwardBegins, OperationDone, StepDone, Written
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._memory import block_of
from retorch.lines import Site, locals_of, look_up, parsed, user_frame, user_site
from retorch.tensors import operation_name, saved_values, walk_graph

_EXPORTS = frozenset({"numpy", "__array__"})
# What an operation keeps for itself and changes itself.
_OWN = frozenset({"running_mean", "running_var"})
_MOST_NODES = 20_000
_SAMPLED = 1024  # elements of a large tensor at either end, and as many spread over it
_MOST_COPIED = 65_536
_MOST_LINES = 30


@dataclass(frozen=True)
class _Mark:
    """A saved value as it was when it was saved."""

    checksum: int
    version: int
    block: int | None
    site: Site


class ValueChangedBehindAutograd(Rule):
    """A value that was saved for the backward pass is changed through `.data` or a NumPy array.

    Why it matters: autograd counts the writes to what it has saved and stops at a wrong version. A write through
    `.data` or through an array that shares the memory is not counted: the backward pass computes with the changed
    value, and the gradients are silently wrong.

    When it is fine: where a backward pass with other values than the forward one is wanted, as in simulations of
    delayed weights.

    Wrong: `gate = torch.sigmoid(x); gate.data.clamp_(0.1, 0.9)`: the derivative of sigmoid is computed from `gate`.

    Right: `gate = torch.sigmoid(x).clamp(0.1, 0.9)`; or a copy before the write: `gate.detach().clone()`.

    Reported: https://github.com/pytorch/pytorch/issues/6990
    """

    name = "value-changed-behind-autograd"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._marks: dict[tuple[int, str, int], _Mark] = {}  # by node, role, number
        self._nodes: set[int] = set()
        self._blocks: set[int | None] = set()
        # By block: the last line that wrote it, or that made an array of it.
        self._writes: dict[int | None, Site] = {}

    @sees(Written)
    def note(self, seen: Written) -> None:
        """Note which line writes memory that is saved."""
        block = block_of(seen.tensor) if self._blocks else None
        if block in self._blocks:
            self._writes[block] = user_site()

    @sees(OperationDone)
    def mark(self, seen: OperationDone) -> None:
        """Mark what the operation that is done has saved."""
        if seen.function.__name__ in _EXPORTS and block_of(seen.args[0]) in self._blocks:
            self._writes[block_of(seen.args[0])] = _line_of_write(user_site())
        results = seen.result if isinstance(seen.result, (tuple, list)) else (seen.result,)
        new = [node for result in results if isinstance(result, Tensor) for node in self._new_nodes(result)]
        if new:
            site = user_site()
            for node in new:
                for place, (role, value) in enumerate(saved_values(node)):
                    checksum = None if role in _OWN else _checksum(value)
                    if checksum is not None:
                        block = block_of(value)
                        self._blocks.add(block)
                        version = value._version  # noqa: SLF001
                        self._marks[_number(node), role, place] = _Mark(checksum, version, block, site)

    @sees(BackwardBegins)
    def judge(self, seen: BackwardBegins) -> Iterator[Finding]:
        """Compare what the graph has saved with its marks."""
        if not self._marks:
            return
        for node in walk_graph([_grad_fn(root) for root in seen.roots]):
            number = _number(node)
            for place, (role, value) in enumerate(saved_values(node) if number in self._nodes else ()):
                mark = self._marks.get((number, role, place))
                # Where the version has moved, the backward itself raises.
                if mark and mark.version == value._version and mark.checksum != _checksum(value):  # noqa: SLF001
                    yield self._found(mark, operation_name(node.name()), role, value)
                    return

    @sees(StepDone)
    def forget(self, seen: StepDone) -> None:  # noqa: ARG002
        """Forget the graph of a step that is done."""
        if self._nodes:
            self._marks, self._nodes, self._blocks, self._writes = {}, set(), set(), {}

    def _new_nodes(self, result: Tensor) -> Iterator[Any]:
        pending = [_grad_fn(result)]
        while pending and len(self._nodes) < _MOST_NODES:
            node = pending.pop()
            if node is not None and _number(node) not in self._nodes:
                self._nodes.add(_number(node))
                yield node
                pending.extend(before for before, _ in node.next_functions)

    def _found(self, mark: _Mark, operation: str, role: str, value: Tensor) -> Finding:
        what = "its result" if role == "result" else f"`{role}`"
        return self.finding(
            self._writes.get(mark.block) or _line_of_array_write(mark.site, value) or mark.site,
            "this changes a value that the backward pass needs, and autograd does not notice: the gradients are wrong",
            evidence=f"`{operation}` at {mark.site.place} saved {what}, of shape {tuple(value.shape)}; since then its "
            "values have changed, and its version counter, which autograd asks, has not",
            remedy="compute a new tensor (clamp instead of .data.clamp_), or copy before writing: .detach().clone()",
        )


def _grad_fn(tensor: Tensor) -> Any:
    try:
        return tensor.grad_fn
    except RuntimeError:  # a view made without gradients, whose base was written since
        return None


def _number(node: Any) -> int:
    return int(node._sequence_nr())  # noqa: SLF001 - wrappers of nodes come and go, and so do their ids


def _checksum(value: Tensor) -> int | None:
    """Return a checksum of the values, of a large tensor of some; None where looking would take long or wait."""
    if value.device.type != "cpu" or value.layout is not torch.strided or value.dtype is torch.uint8:
        return None
    if value.numel() == 0 or value.is_inference() or value.is_conj() or value.is_neg() or value._is_zerotensor():  # noqa: SLF001
        return None
    if block_of(value) is None:
        return None
    row = _in_a_row(value.detach())
    if row is None:
        return None
    elements = row.view(torch.uint8).numpy().reshape(value.numel(), -1)
    if len(elements) <= 4 * _SAMPLED:
        return zlib.crc32(elements.data)
    spread = np.ascontiguousarray(elements[:: len(elements) // _SAMPLED])
    return zlib.crc32(spread.data, zlib.crc32(elements[-_SAMPLED:].data, zlib.crc32(elements[:_SAMPLED].data)))


def _in_a_row(value: Tensor) -> Tensor | None:
    """Return the elements in one dimension, in the order in which they lie in memory; None where that takes long."""
    last = sum((size - 1) * stride for size, stride in zip(value.shape, value.stride(), strict=True))
    if last + 1 == value.numel():  # dense, perhaps with its dimensions in another order
        return value.as_strided((value.numel(),), (1,))
    return value.contiguous().reshape(-1) if value.numel() <= _MOST_COPIED else None


def _line_of_write(export: Site) -> Site:
    """Return the line from that of `.numpy()` on that writes into the array: NumPy tells nobody when it does."""
    arrays = [ast.unparse(target) for target in _targets(parsed(export.text))]
    for number in range(export.line, export.line + _MOST_LINES):
        text = getline(export.file, number).strip()
        for target in _written(parsed(text)):
            whole = target.value if isinstance(target, ast.Subscript) else target
            if number == export.line or ast.unparse(whole) in arrays:
                return Site(export.file, number, export.function, text, text)
    return export


def _line_of_array_write(saved: Site, value: Tensor) -> Site | None:
    """Return the line, from one on to where the user's code stands now, that writes into an array over some memory."""
    frame = user_frame()
    if frame is None or (frame.f_code.co_filename, frame.f_code.co_name) != (saved.file, saved.function):
        return None
    first = value.untyped_storage().data_ptr()
    variables = frame.f_globals | locals_of(frame)
    for number in range(saved.line + 1, frame.f_lineno):
        text = getline(saved.file, number).strip()
        for target in _written(parsed(text)):
            array = look_up(target.value if isinstance(target, ast.Subscript) else target, variables)
            if isinstance(array, np.ndarray) and first <= array.ctypes.data < first + value.untyped_storage().nbytes():
                return Site(saved.file, number, saved.function, text, text)
    return None


def _targets(node: ast.AST | None) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else []


def _written(node: ast.AST | None) -> list[ast.expr]:
    """Return what a statement writes in place: `a` of `a += 1`, `a[i]` of `a[i] = 1`."""
    if isinstance(node, ast.AugAssign):
        return [node.target]
    return [target for target in _targets(node) if isinstance(target, ast.Subscript)]
