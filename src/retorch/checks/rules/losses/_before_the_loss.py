"""What the rules have in common that ask what stands directly before a loss of class scores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from retorch.checks._finding import Finding
from retorch.checks._observations import ModuleMade, OperationDone, Written
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import MOVING, Flow, name_of
from retorch.checks.rules.losses._applied import Activations
from retorch.lines import Site

# Scores stay scores, or become probabilities. Where they are pooled, as in SqueezeNet, they were none yet.
_KEEPING = (MOVING | {"gather", "log_softmax", "sigmoid"}) - {"clamp", "clip"}
_SCALING = frozenset({"__mul__", "__rmul__", "__truediv__", "div", "mul"})  # such as a temperature
_CLASSIFYING = frozenset({
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "nll_loss",
})  # fmt: skip


class LastLayerRule(Rule):
    """Follows what one kind of call gave, as far as a loss.

    Attributes:
        losses: that are judged.
    """

    losses: ClassVar[frozenset[str]] = _CLASSIFYING

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._activations = Activations.of(scene)
        self._made: Flow[Site] = Flow(_KEEPING)

    def makes(self, name: str, seen: OperationDone) -> bool:
        """Tell whether a call is of the kind."""
        raise NotImplementedError

    def judge_loss(self, loss: str, line: Site, seen: OperationDone) -> Iterator[Finding]:
        """Judge a loss of what a call of the kind gave at a line."""
        raise NotImplementedError

    @sees(ModuleMade)
    def collect(self, seen: ModuleMade) -> None:
        """Have it remembered where a layer was built."""
        self._activations.remember(seen)

    @sees(Written)
    def forget(self, seen: Written) -> None:
        """Forget what gave a tensor that is written in place."""
        self._made.forget(seen.tensor)

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Follow what calls of the kind give, and judge losses."""
        name = name_of(seen.function)
        given: Any = seen.args[0] if seen.args else None
        if self.makes(name, seen):
            self._made.mark(seen.result, self._activations.site(seen))
        elif name in self.losses:
            line = self._made.of(given)
            if line and given.requires_grad:
                yield from self.judge_loss(name, line, seen)
        elif name in _SCALING and len(seen.args) == 2 and isinstance(seen.args[1], (int, float)):
            line = self._made.of(given)
            if line and seen.args[1] > 0:
                self._made.mark(seen.result, line)
        else:
            self._made.follow(seen)
