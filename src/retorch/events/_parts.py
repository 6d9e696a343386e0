"""What a run can carry: anything that gives its state and takes it back."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Stateful(Protocol):
    """A named part of a run: a module, an optimizer, a scheduler, a scaler, or a class of the user's.

    `state_dict` may alias live values; whoever stores it copies. `load_state_dict` makes the part equal to what it
    was when the state was taken.
    """

    def state_dict(self) -> Any:
        """Return the whole state."""

    def load_state_dict(self, state_dict: Any) -> Any:
        """Take a state back."""
