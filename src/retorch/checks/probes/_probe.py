"""`Probe`: one way of seeing what a script does, opened only when a rule needs what it tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeAlias

from retorch.checks._elsewhere import is_elsewhere
from retorch.checks._failing import tell_failure
from retorch.checks._observations import Observation
from retorch.checks._scene import Scene
from retorch.checks.probes._patches import Patches

Emit: TypeAlias = Callable[[Observation], None]


class Probe:
    """Tells of some kinds of observation while it is open, and leaves nothing behind.

    What a probe does may change neither a result nor an error of the user's code. `emit` never raises. A probe that
    fails is switched off with one notice: what it does by `self._patches` is guarded, hooks go through `_guarded`.

    Attributes:
        tells: the kinds of observation that it makes.
    """

    tells: ClassVar[frozenset[type[Observation]]]

    def __init__(self, emit: Emit, scene: Scene) -> None:
        self._emit = emit
        self._scene = scene
        self._patches = Patches(self.switch_off)
        self._has_failed = False

    def open(self) -> None:
        """Begin to watch."""
        raise NotImplementedError

    def close(self) -> None:
        """Put everything back as it was; may be called again."""
        self._patches.take_off()

    def switch_off(self, error: Exception) -> None:
        """Close after a failure of its own."""
        self.close()
        if not self._has_failed:
            self._has_failed = True
            tell_failure(f"{type(self).__name__} of the checker", error)

    def _guarded(self, hook: Callable[..., None]) -> Callable[..., None]:
        """Return a hook that cannot fail and that hears only the thread that is watched."""

        def guarded(*args: object) -> None:
            if is_elsewhere() or not self._scene.is_here():
                return
            try:
                hook(*args)
            except Exception as error:  # noqa: BLE001 - must not reach the user's code
                self.switch_off(error)

        return guarded
