"""What the rules about strays have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import ClassVar

from retorch.checks._finding import Finding
from retorch.checks._observations import (
    AttributeSet,
    BackwardBegins,
    Ended,
    ModuleMade,
    Observation,
    OptimizerMade,
    ParameterMade,
    PartRegistered,
    StateLoaded,
    StepBegins,
)
from retorch.checks._rule import LookAt, Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import parameters, times
from retorch.checks.rules.parameters._strays import Holder, Stray, Strays
from retorch.lines import Site


class StrayRule(Rule):
    """A rule that takes the strays of one cause and names each place once.

    It judges at the end: an optimizer may get a parameter later.
    """

    why: ClassVar[str]

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._strays = Strays.of(scene, self)

    def looks(self) -> Iterator[LookAt]:
        """Leave out what only the first rule needs to see, which is less to do in each step."""
        return (look for look in super().looks() if self._strays.feeder is self or look.method != "collect")

    @sees(
        OptimizerMade, AttributeSet, ModuleMade, ParameterMade, PartRegistered, StateLoaded, BackwardBegins, StepBegins
    )  # fmt: skip
    def collect(self, seen: Observation) -> None:
        """Feed the strays, which all these rules share, once."""
        self._strays.take(seen)

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Report each place with all its parameters."""
        places: dict[Site, list[Stray]] = defaultdict(list)
        for stray in self._strays:
            if stray.why == self.why and (site := self.place(stray)) is not None:
                places[site].append(stray)
        for site, strays in places.items():
            yield self.found(site, strays)

    def place(self, stray: Stray) -> Site | None:
        """Return the line to blame."""
        raise NotImplementedError

    def found(self, site: Site, strays: list[Stray]) -> Finding:
        """Make the finding of one place."""
        raise NotImplementedError


def named(strays: list[Stray]) -> str:
    """Name parameters in a few words: '"layers[0].weight" (8, 4) and 5 more'."""
    return parameters(strays[0].name, strays[0].shape, len(strays))


def got_gradients(strays: list[Stray]) -> str:
    """Tell in how many steps parameters got a gradient."""
    return f"{named(strays)} got gradients in {times(max(stray.steps for stray in strays), 'step')}"


def them(strays: list[Stray]) -> str:
    """Return "it" or "them"."""
    return "them" if len(strays) > 1 else "it"


def made_at(holder: Holder) -> Site | None:
    """Return where an optimizer was built, or else where it was stepped first."""
    return holder.site or holder.stepped_at
