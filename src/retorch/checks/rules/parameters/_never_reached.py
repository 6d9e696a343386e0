"""Parameters that no gradient ever reaches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended, OptimizerMade, PartRegistered, StepBegins
from retorch.checks._rule import sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import parameters, times
from retorch.checks.rules.graph._cut_rule import CutRule
from retorch.checks.rules.graph._cuts import Learner
from retorch.checks.rules.parameters._strays import Strays
from retorch.lines import Site


class ParametersNeverReached(CutRule):
    """An optimizer holds parameters that never get a gradient: a layer that is defined and not called, or not trained.

    Why it matters: the layer was meant for something, or it costs memory and fills checkpoints for nothing. With
    `DistributedDataParallel` it is an error.

    When it is fine: parts that are used later, or in evaluation only; and parts that run under `no_grad`, which
    `requires_grad_(False)` would say more clearly.

    Wrong: `self.norm = nn.LayerNorm(8)` in `__init__`, and a `forward` without `self.norm`.

    Right: call it, or leave it out.
    """

    name = "parameters-never-reached"
    grade = "advice"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._other: Site | None = None

    @sees(PartRegistered)
    def remember(self, seen: PartRegistered) -> None:
        """Remember which line built a parameter."""
        self._cuts.born(seen.part, seen.site)

    @sees(OptimizerMade, StepBegins)
    def remember_optimizer(self, seen: OptimizerMade | StepBegins) -> None:
        """Remember a line to name where that was not seen."""
        self._other = self._other or seen.site

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge those that no cut explains, where others learn."""
        # Of a model that was replaced nothing is ever reached, and the replacing is told.
        is_replaced = any(stray.why == "replaced" for stray in self.scene.shared(Strays))
        if is_replaced or self._cuts.nothing_learns():
            return
        places: dict[Site, list[Learner]] = defaultdict(list)
        for learner in self._cuts.never_reached(steps=2):
            if (site := learner.born or self._other) is not None:
                places[site].append(learner)
        for site, learners in places.items():
            first = learners[0]
            yield self.finding(
                site,
                "parameters that an optimizer holds never get a gradient",
                evidence=f"{parameters(first.name, first.shape, len(learners))} got no gradient in "
                f"{times(first.steps, 'step')}",
                remedy="use them in forward, leave them out, or freeze them with requires_grad_(False)",
            )
