"""`Updates`: the moments before and after each optimizer step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch.optim import Optimizer


class Updates:
    """Hooks on every optimizer of the parts.

    Args:
        parts: the parts of the run.
        before, after: called with the optimizer.
    """

    def __init__(
        self, parts: Mapping[str, Any], before: Callable[[Optimizer], None], after: Callable[[Optimizer], None]
    ) -> None:
        self._handles: list[Any] = []
        for optimizer in parts.values():
            if isinstance(optimizer, Optimizer):
                self._handles.append(optimizer.register_step_pre_hook(lambda told, *_: before(told)))
                self._handles.append(optimizer.register_step_post_hook(lambda told, *_: after(told)))

    def remove(self) -> None:
        """Take the hooks off."""
        for handle in self._handles:
            handle.remove()
