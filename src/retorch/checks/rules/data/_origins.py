"""`Origins`: the lines that cut a tensor out of others, from the first cut to the last."""

from __future__ import annotations

from typing import Any, TypeAlias

from torch import Tensor

from retorch.checks._observations import ArrayTaken, OperationDone
from retorch.checks.rules._flow import MOVING, Flow, name_of
from retorch.lines import Site

Cuts: TypeAlias = tuple[Site, ...]

_CUTTING = frozenset({"__getitem__", "chunk", "index_select", "narrow", "split", "tensor_split"})
_MAKING = frozenset({"as_tensor", "tensor"})
_MOST = 8


class Origins:
    """Where the rows of tensors were chosen, as far as the calls were watched."""

    def __init__(self) -> None:
        self._cuts: Flow[Cuts] = Flow(MOVING)

    def follow(self, seen: OperationDone) -> None:
        """Note a cut, and hand on earlier ones."""
        name = name_of(seen.function)
        if name in _MAKING:
            self._cuts.mark(seen.result, (seen.site,))
        elif name in _CUTTING and seen.args:
            index = seen.args[-1] if len(seen.args) > 1 else None
            before = (*self.of(seen.args[0]), *self.of(index[0] if isinstance(index, tuple) and index else index))
            if len(before) < _MOST:
                self._cuts.mark(seen.result, (*before, seen.site))
        else:
            self._cuts.follow(seen)

    def taken(self, seen: ArrayTaken) -> None:
        """Note where an array becomes a tensor."""
        self._cuts.mark(seen.tensor, (seen.site,))

    def of(self, value: Any) -> Cuts:
        """Return the lines that cut a tensor."""
        return (self._cuts.of(value) or ()) if isinstance(value, Tensor) else ()


def where_they_part(one: Cuts, others: Cuts) -> Site | None:
    """Return the first cut of one that others do not have."""
    return next((ours for place, ours in enumerate(one) if others[place : place + 1] != (ours,)), None)
