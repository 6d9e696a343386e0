"""A group of an optimizer that came out empty."""

from __future__ import annotations

from retorch.checks._finding import Finding
from retorch.checks.rules.parameters._stray_rule import StrayRule, got_gradients, made_at, them
from retorch.checks.rules.parameters._strays import Stray
from retorch.lines import Site


class EmptyGroupInTheOptimizer(StrayRule):
    """A group of the optimizer holds nothing, and parameters that get gradients are in no group.

    Why it matters: `model.parameters()` and `filter(...)` can be gone through once. Whoever counts the parameters first
    hands an empty iterator to the optimizer, which takes an empty group without a word beside one that is not empty.

    When it is fine: a group that has no members in this model, and a part that stays random on purpose; freeze that
    part with `requires_grad_(False)`. Parameters that were loaded, were trained before or are moved by other code are
    not reported.

    Wrong: `params = model.parameters()`, `print(sum(p.numel() for p in params))`, and then
    `SGD([{"params": params}, {"params": [scale]}], lr=0.1)`.

    Right: `params = list(model.parameters())`.
    """

    name = "empty-group-in-the-optimizer"
    grade = "warning"
    why = "empty group"

    def place(self, stray: Stray) -> Site | None:
        """Return where the optimizer was built."""
        return made_at(stray.emptied_holder) if stray.emptied_holder else None

    def found(self, site: Site, strays: list[Stray]) -> Finding:
        """Make the finding of one optimizer."""
        holder = strays[0].emptied_holder
        groups = ", ".join(map(str, holder.empty)) if holder else ""
        return self.finding(
            site,
            "a group of the optimizer is empty, and parameters that get gradients are in no group",
            evidence=f"{holder.kind if holder else 'the optimizer'}: no parameter in group {groups}; "
            f"{got_gradients(strays)}, but nothing ever changed {them(strays)}",
            remedy="an iterator such as model.parameters() can be read once: make a list of it first",
        )
