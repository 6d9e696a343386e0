"""`Switches`: which line put a module into its mode."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from weakref import WeakKeyDictionary

from torch import nn

from retorch.checks._observations import ModeSet
from retorch.lines import Site


@dataclass(frozen=True, slots=True)
class _Switch:
    number: int
    site: Site


class Switches:
    """The last calls of `train()` and `eval()`, of each module on which they were called."""

    def __init__(self) -> None:
        self._numbers = count()
        self._of: dict[bool, WeakKeyDictionary[nn.Module, _Switch]] = {
            True: WeakKeyDictionary(),
            False: WeakKeyDictionary(),
        }

    def note(self, seen: ModeSet) -> None:
        """Take note of a call."""
        self._of[seen.training][seen.module] = _Switch(next(self._numbers), seen.site)

    def is_switched(self, module: nn.Module) -> bool:
        """Tell whether either was called on this very module."""
        return any(module in switches for switches in self._of.values())

    def last(self, module: nn.Module, *, training: bool) -> Site | None:
        """Return the line that last put a module into a mode, itself or with a module that it is part of."""
        switches = [
            switch
            for owner, switch in self._of[training].items()
            if owner is module or any(part is module for part in owner.modules())
        ]
        return max(switches, key=lambda switch: switch.number).site if switches else None
