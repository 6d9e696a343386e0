"""What a hand-written loop remembers from epoch to epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Memory(dict[str, Any]):
    """`run.state`: a dictionary whose entries are attributes too, carried by every checkpoint.

    It holds numbers, strings, tensors and containers of them.

    >>> memory = Memory()
    >>> memory.setdefault("best", 0.0)
    0.0
    >>> memory.best = 0.5
    >>> memory["best"]
    0.5
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            known = ", ".join(sorted(self)) or "nothing yet"
            raise AttributeError(
                f"run.state holds no {name!r} (it holds: {known}). "
                f"Give it a first value before the loop: run.state.setdefault({name!r}, ...)"
            ) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        del self[name]

    def state_dict(self) -> dict[str, Any]:
        """Return the entries; the values are shared with this memory."""
        return dict(self)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Replace all entries."""
        self.clear()
        self.update(state_dict)
