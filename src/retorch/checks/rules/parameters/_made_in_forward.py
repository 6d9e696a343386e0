"""Parameters that each forward pass makes anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended
from retorch.checks._rule import sees
from retorch.checks.rules._words import times
from retorch.checks.rules.parameters._stray_rule import StrayRule, named
from retorch.checks.rules.parameters._strays import Stray
from retorch.lines import Site


class ParametersMadeInForward(StrayRule):
    """Each forward pass builds a layer or a parameter anew, with new first values; no optimizer ever has it.

    Why it matters: a layer that is built in `forward` is a random one in each step, in training and in evaluation, and
    learns nothing. `parameters()` and `state_dict()` do not have it, or have the last one.

    When it is fine: random layers on purpose, as for an augmentation; build them under `no_grad`, which saves their
    gradients. Layers that are built once, in the first pass, are another matter: see
    `parameters-left-out-of-the-optimizer`.

    Wrong: `return nn.Linear(16, 2)(h)` in `forward`.

    Right: `self.head = nn.Linear(16, 2)` in `__init__`, and `return self.head(h)`.

    Reported: https://github.com/graykode/nlp-tutorial/issues/29
    """

    name = "parameters-made-in-forward"
    grade = "warning"
    why = "made in forward"

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Report each line that made parameters for several steps."""
        places: dict[Site, list[Stray]] = defaultdict(list)
        for stray in self._strays:
            if stray.why == self.why and stray.made_in_forward is not None:
                places[stray.made_in_forward].append(stray)
        for site, strays in places.items():
            if len({stray.last_step for stray in strays}) > 1:
                yield self.found(site, strays)

    def found(self, site: Site, strays: list[Stray]) -> Finding:
        """Make the finding of one line."""
        steps = len({stray.last_step for stray in strays})
        return self.finding(
            site,
            "each forward pass makes these parameters anew: they never learn",
            evidence=f"{named(strays[:1])} was a new tensor in each of {times(steps, 'step')}",
            remedy="make them once, in __init__, and use them in forward",
        )
