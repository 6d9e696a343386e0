"""`Placed`: a mode that is on the stack of modes only while operations are watched."""

from __future__ import annotations

from torch.overrides import TorchFunctionMode, _get_current_function_mode_stack, _pop_mode, _push_mode

from retorch.checks._scene import Scene


class Placed:
    """Keeps a function mode where it was when the checker opened: below those that the user's code has entered since.

    The user's code takes its own modes off from the top, so nothing may come and go above them.
    """

    def __init__(self, mode: TorchFunctionMode, scene: Scene) -> None:
        self._mode = mode
        self._scene = scene
        self._place = 0
        self._is_open = self._is_there = False

    def open(self) -> None:
        """Take the top of the stack as it is now for the place; have the mode there while operations are watched."""
        stack = _get_current_function_mode_stack()
        self._is_there = self._mode in stack
        self._place = len(stack) - self._is_there
        self._is_open = True
        self._scene.attention.on_change(self._put_where_it_belongs)
        self._put_where_it_belongs()

    def close(self) -> None:
        """Take the mode off for good."""
        self._is_open = False
        self._put_where_it_belongs()

    def _put_where_it_belongs(self) -> bool:
        stack = _get_current_function_mode_stack()
        # While a mode handles a call, torch keeps it off the stack, and puts it back afterwards.
        if self._is_there != (self._mode in stack):
            return False
        modes = [mode for mode in stack if mode is not self._mode]
        self._is_there = self._is_open and self._scene.watches_operations
        if self._is_there:
            modes.insert(self._place, self._mode)
        _set_modes(stack, modes)
        return True


def _set_modes(there: list[TorchFunctionMode], wanted: list[TorchFunctionMode]) -> None:
    """Make the stack of modes what it shall be, and leave alone what is right already."""
    same = 0
    while same < min(len(there), len(wanted)) and there[same] is wanted[same]:
        same += 1
    for _ in there[same:]:
        _pop_mode()
    for mode in wanted[same:]:
        _push_mode(mode)
