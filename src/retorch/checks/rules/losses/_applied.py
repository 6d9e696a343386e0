"""`Applied`: an activation that the user's model applied, and at which line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary, ref

from torch import nn

from retorch.checks._observations import ModuleMade, OperationDone, Written
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import Flow, name_of
from retorch.lines import Site

# What each function is called, in torch, in `torch.special`, in `Tensor` and in `torch.nn.functional`, also in place.
_ACTIVATIONS = {
    "hardsigmoid": "hardsigmoid",
    "log_softmax": "log_softmax",
    "sigmoid": "sigmoid",
    "sigmoid_": "sigmoid",
    "softmax": "softmax",
    "special_expit": "sigmoid",
    "special_log_softmax": "log_softmax",
    "special_softmax": "softmax",
}
_MODULES = (
    nn.Softmax, nn.Softmax2d, nn.LogSoftmax, nn.Sigmoid, nn.Hardsigmoid, nn.ReLU, nn.ReLU6, nn.Dropout, nn.Dropout1d,
    nn.Dropout2d, nn.AlphaDropout,
)  # fmt: skip
_ADDING = frozenset({"__add__", "add"})
_TINY = 1e-3  # what people add so that no logarithm is infinite
_JOINING = frozenset({"cat", "concat", "stack"})


@dataclass(frozen=True, slots=True)
class Applied:
    """An activation: its name, and the line that a reviewer would point at."""

    name: str
    site: Site


class Activations:
    """What is known of activations and of what they gave; the same for every rule of a scene.

    Attributes:
        applied: of each tensor, the activation that made it, through whatever only moves values.
    """

    def __init__(self, _: Scene) -> None:
        self.applied: Flow[Applied] = Flow()
        self._made_at: WeakKeyDictionary[nn.Module, Site] = WeakKeyDictionary()
        self._last: Callable[[], OperationDone | None] = lambda: None

    @classmethod
    def of(cls, scene: Scene) -> Activations:
        """Return those of a scene."""
        return scene.shared(cls)

    def remember(self, seen: ModuleMade) -> None:
        """Remember where a module was built that is nothing but an activation."""
        if isinstance(seen.module, _MODULES):
            self._made_at[seen.module] = seen.site

    def follow(self, seen: OperationDone) -> None:
        """Follow what activations give, also where a loop over time writes or joins it step by step."""
        if self._last() is seen:  # another rule was here
            return
        self._last = ref(seen)
        name = name_of(seen.function)
        if name in _ACTIVATIONS:
            self.applied.mark(seen.result, Applied(_ACTIVATIONS[name], self.site(seen)))
        elif name in _JOINING and seen.args:
            self._join(seen.args[0], seen.result)
        elif name == "__setitem__":
            self._join([seen.args[2]], seen.args[0])
        elif name in _ADDING and len(seen.args) == 2 and _is_tiny(seen.args[1]):
            self._join([seen.args[0]], seen.result)
        else:
            self.applied.follow(seen)

    def site(self, seen: OperationDone) -> Site:
        """Return the line that calls an activation; where only a container of torch does, the line that built it."""
        if seen.inside and _is_called_by_torch(seen.inside):
            return self._made_at.get(seen.inside[-1]) or seen.site
        return seen.site

    def _join(self, parts: Sequence[Any], whole: Any) -> None:
        known = [self.applied.of(part) for part in parts]
        if known and known[0] and known.count(known[0]) == len(known):
            self.applied.mark(whole, known[0])


class ActivationRule(Rule):
    """What the rules have in common that ask which activation stands before a loss.

    Attributes:
        activations: what is known of activations.
        applied: as in `Activations`.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.activations = Activations.of(scene)
        self.applied = self.activations.applied

    @sees(ModuleMade)
    def collect(self, seen: ModuleMade) -> None:
        """Have it remembered where an activation was built."""
        self.activations.remember(seen)

    @sees(OperationDone)
    def follow(self, seen: OperationDone) -> None:
        """Have it followed what activations give."""
        self.activations.follow(seen)

    @sees(Written)
    def forget(self, seen: Written) -> None:
        """Forget what gave a tensor that is written in place."""
        self.applied.forget(seen.tensor)


def _is_tiny(value: Any) -> bool:
    return isinstance(value, float) and abs(value) <= _TINY


def _is_called_by_torch(inside: Sequence[nn.Module]) -> bool:
    return len(inside) > 1 and type(inside[-2]).__module__.startswith("torch.")
