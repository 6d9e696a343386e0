"""An optimizer that was given what cannot learn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from torch import nn
from torch.optim import Optimizer

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended, OperationDone, OptimizerMade, StepBegins
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import times
from retorch.checks.rules.parameters._freezing import Freezing
from retorch.lines import Site


@dataclass(slots=True)
class _Held:
    """What an optimizer holds, as it was in each of its steps so far.

    Attributes:
        site: where it was built, or stepped first.
        kind: of optimizer.
        steps: how many it made.
        is_frozen: whether nothing that it holds ever required a gradient.
        frozen_at: the line that froze one of its parameters.
        plain: shapes of plain tensors that never required a gradient.
    """

    site: Site
    kind: str
    steps: int = 0
    is_frozen: bool = True
    frozen_at: Site | None = None
    plain: dict[int, tuple[int, ...]] | None = None


class FrozenInTheOptimizer(Rule):
    """An optimizer holds nothing that requires a gradient, or a plain tensor that does not.

    Why it matters: `step` leaves out what has no gradient, without a word.

    When it is fine: where the code around it is tried out and nothing shall learn. Parameters of a part that is frozen
    for now, beside others that learn, and tensors whose gradients are written by hand are not reported.

    Wrong: `w = torch.randn(3, 1)` and `SGD([w, b])`; or a loop that freezes everything, the new head included.

    Right: `w = torch.randn(3, 1, requires_grad=True)`; freeze first, and then put the new head in.
    """

    name = "frozen-in-the-optimizer"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._held: WeakKeyDictionary[Optimizer, _Held] = WeakKeyDictionary()
        self._all: list[_Held] = []
        self._freezing = scene.shared(Freezing)

    @sees(OperationDone)
    def remember(self, seen: OperationDone) -> None:
        """Remember which line froze a parameter."""
        self._freezing.take(seen)

    @sees(OptimizerMade, StepBegins)
    def look(self, seen: OptimizerMade | StepBegins) -> None:
        """Look at what an optimizer holds."""
        optimizer = seen.optimizer
        held = self._held.get(optimizer)
        if held is None:
            held = self._held[optimizer] = _Held(seen.site, type(optimizer).__name__)
            self._all.append(held)
        if isinstance(seen, OptimizerMade) or (not held.is_frozen and held.plain == {}):
            return
        held.steps += 1
        # Gradients that are written by hand need no graph.
        frozen = [
            each
            for group in optimizer.param_groups
            for each in group["params"]
            if not each.requires_grad and each.grad is None
        ]
        plain = {id(each): tuple(each.shape) for each in frozen if not isinstance(each, nn.Parameter)}
        held.plain = {key: shape for key, shape in plain.items() if held.plain is None or key in held.plain}
        held.is_frozen &= len(frozen) == sum(len(group["params"]) for group in optimizer.param_groups)
        if held.is_frozen and held.frozen_at is None:
            held.frozen_at = next(filter(None, map(self._freezing.line_of, frozen)), None)

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge at the end: what is frozen now may be set free later."""
        for held in self._all:
            if held.steps >= 2 and held.is_frozen and not held.plain:
                yield self.finding(
                    held.frozen_at or held.site,
                    f"nothing that {held.kind} holds requires a gradient: its steps do nothing",
                    evidence=f"{held.kind} did {times(held.steps, 'step')}, and each time all of its "
                    "parameters were frozen",
                    remedy="freeze first, then make the parts that shall learn; or pass only those to the optimizer",
                )
            elif held.steps >= 2 and held.plain:
                shapes = ", ".join(map(str, held.plain.values()))
                yield self.finding(
                    held.site,
                    f"{held.kind} was given plain tensors that do not require a gradient: they never learn",
                    evidence=f"{times(len(held.plain), 'tensor')} of shape {shapes} had no gradient in "
                    f"{times(held.steps, 'step')}",
                    remedy="make them with requires_grad=True",
                )
