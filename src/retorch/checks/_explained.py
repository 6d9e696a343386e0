"""`explained`: errors of a script are explained while the checker watches it operation by operation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch.overrides import _get_current_function_mode_stack

from retorch.checks._scene import Scene
from retorch.checks.probes import Placed
from retorch.explanations import explaining


@contextmanager
def explained(scene: Scene) -> Iterator[None]:
    """Explain the errors of the code inside, at no cost while the scene does not watch operations.

    An error that comes up then gets what can be told from its traceback.
    """
    before = len(_get_current_function_mode_stack())
    with explaining():
        stack = _get_current_function_mode_stack()
        if len(stack) == before:  # `explaining` is round this code already
            yield
            return
        placed = Placed(stack[-1], scene)
        placed.open()
        try:
            yield
        finally:
            placed.close()
