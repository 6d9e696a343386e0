"""Which line froze a parameter."""

from __future__ import annotations

from torch import Tensor
from torch.utils.weak import WeakIdKeyDictionary

from retorch.checks._observations import OperationDone
from retorch.checks._scene import Scene
from retorch.lines import Site


class Freezing:
    """Remembers where `requires_grad` was last set to False, for several rules."""

    def __init__(self, _: Scene) -> None:
        self._at = WeakIdKeyDictionary()

    def take(self, seen: OperationDone) -> None:
        """Take note of an operation that may freeze something; of one that two rules hand on, once."""
        name = getattr(seen.function, "__name__", "")
        if name == "__set__":
            name = f"{getattr(getattr(seen.function, '__self__', None), '__name__', '')}_"
        if name == "requires_grad_" and isinstance(tensor := seen.args[0], Tensor) and not tensor.requires_grad:
            self._at[tensor] = seen.site

    def line_of(self, tensor: Tensor) -> Site | None:
        """Return the line that froze a tensor; None where that was not seen."""
        found: Site | None = self._at.get(tensor)
        return found

    def __bool__(self) -> bool:
        return bool(self._at)
