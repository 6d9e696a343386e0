"""What a checkpoint can carry, and what each kind of part owes."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from retorch.checkpoints._misfit import Misfit


@dataclass(frozen=True, slots=True)
class State:
    """The state of one part.

    Attributes:
        main: what the part itself calls its state: a state dict, or a plain value.
        beside: facts about the part that `main` does not hold and that restoring needs.
    """

    main: Any
    beside: Any = None


class Part(ABC):
    """A value under the name that it has in a checkpoint."""

    kind: ClassVar[str]
    """How a manifest names this kind."""

    def __init__(self, name: str, value: Any) -> None:
        self.name = name
        self.value = value

    @abstractmethod
    def state(self) -> State:
        """Return the state; it may alias live values."""


class ValuePart(Part):
    """A plain value: numbers, tensors, containers. It can be saved; loading returns it."""

    kind = "value"

    def state(self) -> State:
        """Return the value itself."""
        return State(self.value)


class LivePart(Part):
    """An object that a saved state can be put back into."""

    def compare(self, state: State, prefixes: tuple[str, ...]) -> Misfit:
        """Say where a saved state does not fit, before anything is changed.

        Args:
            state: the saved one.
            prefixes: compare only names under these; empty for all. Modules alone know names.
        """
        del state, prefixes
        return Misfit(self.name, type(self.value).__name__)

    @abstractmethod
    def restore(self, state: State, misfit: Misfit, prefixes: tuple[str, ...], device: torch.device) -> None:
        """Make the object equal to a saved state, except for what `misfit` names. May keep the tensors given."""

    @abstractmethod
    def undo(self) -> Callable[[], None]:
        """Return a call that makes the object again what it is now."""


class StatefulPart(LivePart):
    """Anything with `state_dict` and `load_state_dict` of which we know nothing more."""

    kind = "stateful"

    def state(self) -> State:
        """Return its state dict."""
        return State(self.value.state_dict())

    def restore(self, state: State, misfit: Misfit, prefixes: tuple[str, ...], device: torch.device) -> None:
        """Hand it its state, each tensor where the object now holds its counterpart, or else on `device`."""
        del misfit, prefixes
        self.value.load_state_dict(_placed(state.main, self.value.state_dict(), device))

    def undo(self) -> Callable[[], None]:
        """Remember its attributes and a copy of its state."""
        before, attributes = copy.deepcopy(self.value.state_dict()), dict(getattr(self.value, "__dict__", {}))

        def put_back() -> None:
            try:
                self.value.load_state_dict(before)
            except BaseException:
                # One that cannot take any state is given at least the values that it held.
                if attributes:
                    vars(self.value).clear()
                    vars(self.value).update(attributes)
                raise

        return put_back


def _placed(saved: Any, live: Any, device: torch.device) -> Any:
    if isinstance(saved, Tensor):
        return saved.to(live.device if isinstance(live, Tensor) else device)
    if type(saved) is dict:
        counterparts = live if isinstance(live, Mapping) else {}
        return {key: _placed(item, counterparts.get(key), device) for key, item in saved.items()}
    if type(saved) in (list, tuple):
        counterpart = live if isinstance(live, (list, tuple)) and len(live) == len(saved) else [None] * len(saved)
        return type(saved)(_placed(item, other, device) for item, other in zip(saved, counterpart, strict=True))
    return saved
