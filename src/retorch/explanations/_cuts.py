"""`Cuts`: which line left the graph, for tensors that carry no gradient although something before them did."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from retorch.lines import Site


class Cut(NamedTuple):
    """Where gradients stopped.

    Attributes:
        site: the line.
        operation: the function whose result has no graph, such as "detach", "data" or "argmax".
        grad_mode: whether gradients were switched on there.
        updates_a_leaf: whether the result has the shape of a leaf that it came from, as `w - 0.1 * w.grad` has.
    """

    site: Site
    operation: str
    grad_mode: bool
    updates_a_leaf: bool = False


class Cuts:
    """Remembers the cut of each tensor behind one, as long as the tensor lives."""

    def __init__(self) -> None:
        self._cuts: dict[int, tuple[weakref.ref[Tensor], Cut]] = {}

    def __len__(self) -> int:
        return len(self._cuts)

    def of(self, tensor: Tensor) -> Cut | None:
        """Return where the graph behind a tensor was left, or None where that is not known."""
        known = self._cuts.get(id(tensor))
        return known[1] if known is not None and known[0]() is tensor else None

    def inherited(self, inputs: list[Tensor]) -> Cut | None:
        """Return the cut that the result of an operation has from its inputs."""
        for tensor in inputs if self._cuts else ():
            cut = self.of(tensor)
            if cut is not None:
                return cut
        return None

    def note(self, result: Tensor, cut: Cut) -> None:
        """Remember a cut until the tensor dies."""
        # `Module.to` then swaps tensors, which torch refuses where anybody holds a weak reference.
        if torch.__future__.get_swap_module_params_on_conversion():
            return
        key, cuts = id(result), self._cuts
        cuts[key] = (weakref.ref(result, lambda gone: _forget(cuts, key, gone)), cut)


def _forget(cuts: dict[int, tuple[weakref.ref[Tensor], Cut]], key: int, gone: weakref.ref[Tensor]) -> None:
    # The address may belong to another tensor by now.
    if key in cuts and cuts[key][0] is gone:
        del cuts[key]


def made_here(site: Site, operation: str, inputs: Sequence[Tensor] = (), result: Tensor | None = None) -> Cut:
    """Describe a cut at the line that runs now."""
    updates = result is not None and any(
        one.requires_grad and one.is_leaf and one is not result and one.shape == result.shape for one in inputs
    )
    return Cut(site, operation, torch.is_grad_enabled(), updates)
