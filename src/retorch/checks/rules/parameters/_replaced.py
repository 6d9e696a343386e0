"""An optimizer that holds parameters which the model no longer has."""

from __future__ import annotations

from retorch.checks._finding import Finding
from retorch.checks.rules._words import times
from retorch.checks.rules.parameters._stray_rule import StrayRule, made_at, named, them
from retorch.checks.rules.parameters._strays import Stray
from retorch.lines import Site


class OptimizerOfReplacedParameters(StrayRule):
    """The optimizer was built, and then the model or a layer of it was replaced: the optimizer moves the old one.

    Why it matters: an optimizer holds the parameters themselves, not their names. The new ones get gradients and stay
    as they began; the old ones, which nothing uses, get none.

    When it is fine: Never: to the end of the run the optimizer steps with what the model no longer uses, and nothing
    ever moves the new parameters, which get gradients and were neither loaded nor trained before. Where an optimizer
    gets them later, by `add_param_group` or anew, the check is silent.

    Wrong: `optimizer = Adam(model.parameters())`, and then `model.fc = nn.Linear(512, 10)` or `model = Net()`.

    Right: build the optimizer last.

    Reported: https://github.com/pytorch/pytorch/issues/54765
    """

    name = "optimizer-of-replaced-parameters"
    grade = "error"
    why = "replaced"

    def place(self, stray: Stray) -> Site | None:
        """Return the line that replaced a part or made the model anew, or else the one that built the optimizer."""
        if stray.replaced_at is not None:
            return stray.replaced_at
        # One that was loaded takes the place of the old one later than where it is made.
        if stray.remade_at is not None and not stray.was_trained:
            return stray.remade_at
        return made_at(stray.dead_holder) if stray.dead_holder else None

    def found(self, site: Site, strays: list[Stray]) -> Finding:
        """Make the finding of one replacement."""
        steps = max(stray.steps for stray in strays)
        dead = strays[0].dead_holder
        if strays[0].replaced_at is not None:
            built = next((holder.site for holder in strays[0].holders if holder.site), None)
            return self.finding(
                site,
                "the optimizer holds what was here before: the new parameters never learn",
                evidence=f"{named(strays)} got gradients in {times(steps, 'step')}, and no optimizer holds "
                + them(strays)
                + (f"; the optimizer was built before, at {built.place}" if built else ""),
                remedy="build the optimizer after this line, or give it the new ones with add_param_group",
            )
        kind, count = (dead.kind, dead.count) if dead else ("the optimizer", 0)
        made, built = strays[0].remade_at, made_at(dead) if dead else None
        is_remade = made is not None and site == made
        here = f"; {kind} was built before, at {built.place}" if is_remade and built else ""
        there = f"; the model that is trained was made later, at {made.place}" if made and not is_remade else ""
        return self.finding(
            site,
            f"{kind} holds the parameters of an earlier model: the one that is made here never learns"
            if is_remade
            else f"{kind} holds parameters of another model than the one that is trained",
            evidence=f"none of the {times(count, 'parameter')} of {kind} ever had a gradient; "
            f"{named(strays)} got gradients in {times(steps, 'step')}, and no optimizer holds "
            + them(strays)
            + (here or there),
            remedy="build the optimizer after the model that is trained, from its parameters()",
        )
