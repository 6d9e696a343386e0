"""What the rules about cuts have in common."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._observations import (
    BackwardBegins,
    Observation,
    OperationDone,
    ParameterMade,
    StateLoaded,
    StepBegins,
    StepDone,
)
from retorch.checks._rule import LookAt, Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import parameters, times
from retorch.checks.rules.graph._cuts import Cut, Cuts, Learner
from retorch.checks.rules.graph._written import is_unrecorded, written


class CutRule(Rule):
    """A rule about values that left the graph. It judges at the end: a gradient may come later."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._cuts = Cuts.of(scene, self)

    def looks(self) -> Iterator[LookAt]:
        """Leave out what only the first rule needs to see, which is less to do in each step."""
        return (look for look in super().looks() if self._cuts.feeder is self or look.method != "collect")

    @sees(OperationDone, ParameterMade, StateLoaded, BackwardBegins, StepBegins, StepDone)
    def collect(self, seen: Observation) -> None:
        """Feed the cuts, which all these rules share, once."""
        self._cuts.take(seen)


def evidence(cut: Cut, lost: list[Learner]) -> str:
    """Tell which parameters got nothing because of a cut."""
    first = lost[0]
    how = "with gradients off" if is_unrecorded(cut) else f"through {written(cut)}, which passes no gradient back"
    return (
        f"the loss is computed from {parameters(first.name, first.shape, len(lost))} {how}; "
        f"{'they' if len(lost) > 1 else 'it'} got no gradient in {times(max(one.steps for one in lost), 'step')}"
    )
