"""Parameters that the optimizer was not given."""

from __future__ import annotations

from retorch.checks._finding import Finding
from retorch.checks.rules.parameters._stray_rule import StrayRule, got_gradients, made_at, them
from retorch.checks.rules.parameters._strays import Stray
from retorch.lines import Site


class ParametersLeftOutOfTheOptimizer(StrayRule):
    """Freshly initialised parameters get a gradient in each step, and no optimizer holds them.

    Why it matters: they stay random. It happens to a second network, to a loss with weights of its own, to a parameter
    group that was forgotten; the rest learns round them, so the loss falls all the same.

    When it is fine: random features that are meant to stay; freeze them with `requires_grad_(False)`, which saves
    their gradients too. Parameters that were loaded, were trained before, are moved by other code, or are given to an
    optimizer later are not reported.

    Wrong: `optimizer = SGD(model.parameters(), lr=0.1)` where `criterion` has parameters too.

    Right: `optimizer = SGD([*model.parameters(), *criterion.parameters()], lr=0.1)`.

    Reported: https://github.com/ifzhang/FairMOT/issues/223
    """

    name = "parameters-left-out-of-the-optimizer"
    grade = "warning"
    why = "left out"

    def place(self, stray: Stray) -> Site | None:
        """Return where the optimizer was built."""
        return made_at(next(holder for holder in stray.holders if holder.trains_a_model))

    def found(self, site: Site, strays: list[Stray]) -> Finding:
        """Make the finding of one optimizer."""
        return self.finding(
            site,
            "parameters that get gradients were not given to any optimizer",
            evidence=f"{got_gradients(strays)}, but nothing ever changed {them(strays)}",
            remedy="give them to the optimizer too, or freeze them with requires_grad_(False)",
        )
