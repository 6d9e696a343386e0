"""`History`: what the calls so far have done that a later error may be about."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from types import MethodWrapperType
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from retorch.explanations._cuts import Cuts, made_here
from retorch.explanations._graphs import Made, node_count, remark
from retorch.explanations._writes import Writes
from retorch.lines import Site, user_site

_NO_VERSION = -1
_SITES_TOLD = 8
_NUMBERS = {int, float, complex, list, np.ndarray}
_TO_NUMBERS = {"item", "__float__", "__int__", "tolist", "numpy", "__array__"}


class Before(NamedTuple):
    """The tensors that a call is given, their versions, the number of the next node. It lives as long as the call."""

    tensors: list[Tensor]
    versions: list[int]
    nodes: int


class History:
    """Writes in place and cuts of the graph, each with its line. It keeps no tensor alive.

    Attributes:
        writes: the last writes into each storage.
        cuts: where the graph behind a tensor was left.
        numbers: lines at which a value that came of a graph became plain numbers, of Python or NumPy.
    """

    def __init__(self) -> None:
        self.writes = Writes()
        self.cuts = Cuts()
        self.numbers: deque[Site] = deque(maxlen=_SITES_TOLD)

    def before(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Before:
        """Look at a call that is about to run."""
        tensors = tensors_in(args, kwargs)
        return Before(tensors, _versions(tensors), node_count())

    def after(self, before: Before, function: Any, result: Any) -> None:
        """Look at what a call has done."""
        versions = _versions(before.tensors)
        if versions != before.versions:
            self._note_writes(before, versions, operation_of(function))
        if isinstance(result, Tensor):
            self._note_result(before, function, result)
        elif type(result) in _NUMBERS and operation_of(function) in _TO_NUMBERS:
            self._note_number(before.tensors[0])
        elif type(result) is tuple or type(result) is list:
            for one in result:
                if isinstance(one, Tensor):
                    self._note_result(before, function, one)

    def _note_writes(self, before: Before, versions: list[int], operation: str) -> None:
        site = user_site()
        for tensor, old, new in zip(before.tensors, before.versions, versions, strict=True):
            if new > old:
                self.writes.note(tensor, old, new, site, operation)

    def _note_result(self, before: Before, function: Any, result: Tensor) -> None:
        if result.requires_grad:
            if node_count() > before.nodes:
                remark(result, Made(user_site(), operation_of(function), before.nodes))
            return
        cut = self.cuts.inherited(before.tensors)
        if (cut is None and not _some_require_grad(before.tensors)) or _takes_no_values(operation_of(function)):
            return
        self.cuts.note(result, cut or made_here(user_site(), operation_of(function), before.tensors, result))

    def _note_number(self, tensor: Tensor) -> None:
        if tensor.requires_grad or self.cuts.of(tensor) is not None:
            site = user_site()
            if site not in self.numbers:
                self.numbers.append(site)


def _some_require_grad(tensors: list[Tensor]) -> bool:
    for tensor in tensors:  # noqa: SIM110 - `any` over a generator takes twice as long, and this runs for every call
        if tensor.requires_grad:
            return True
    return False


def _takes_no_values(operation: str) -> bool:
    # `zeros_like` and `new_zeros` take a shape from a tensor, and no graph could lead there.
    return operation.endswith("_like") or (operation.startswith("new_") and operation != "new_tensor")


def operation_of(function: Any) -> str:
    """Return the short name of a function that a torch mode was given."""
    # An attribute arrives as the `__get__` or `__set__` of its descriptor.
    if isinstance(function, MethodWrapperType):
        return str(function.__self__.__name__)  # type: ignore[attr-defined]
    return str(getattr(function, "__name__", function))


def tensors_in(args: Iterable[Any], kwargs: dict[str, Any]) -> list[Tensor]:
    """Return the tensors among arguments, and in lists and tuples among them, in order."""
    found: list[Tensor] = []
    for value in (*args, *kwargs.values()) if kwargs else args:
        if isinstance(value, Tensor):
            found.append(value)
        elif type(value) is list or type(value) is tuple:
            found += [item for item in value if isinstance(item, Tensor)]
    return found


def _versions(tensors: list[Tensor]) -> list[int]:
    try:
        return [tensor._version for tensor in tensors]  # noqa: SLF001 - the counter has no public name
    except RuntimeError:
        return [_version(tensor) for tensor in tensors]


def _version(tensor: Tensor) -> int:
    try:
        return tensor._version  # noqa: SLF001
    except RuntimeError:  # inference tensors count nothing
        return _NO_VERSION
