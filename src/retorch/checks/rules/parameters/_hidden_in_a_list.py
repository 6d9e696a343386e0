"""Layers in a plain list, dict or object, where `parameters()` does not see them."""

from __future__ import annotations

from retorch.checks._finding import Finding
from retorch.checks.rules.parameters._stray_rule import StrayRule, got_gradients, made_at, them
from retorch.checks.rules.parameters._strays import Stray
from retorch.lines import Site

_INSTEAD = {"list": "nn.ModuleList", "tuple": "nn.ModuleList", "dict": "nn.ModuleDict"}


class ParametersHiddenInAList(StrayRule):
    """A module keeps layers or parameters in a plain list, tuple, dict or object, and they stay as they began.

    Why it matters: `parameters()`, `state_dict()`, `to()` and `train()` reach only what is assigned to the module
    itself or sits in an `nn.ModuleList`, `nn.ModuleDict` or `nn.ParameterList`. The hidden layers take part in each
    forward pass with random weights, get gradients, and no optimizer ever moves them; a checkpoint lacks them.

    When it is fine: random features that are meant to stay as they are; `requires_grad_(False)` says so and saves their
    gradients. Where an optimizer gets these parameters otherwise, where they were loaded or trained before, or where
    anything else moves them, the check is silent.

    Wrong: `self.layers = [nn.Linear(8, 8) for _ in range(3)]`.

    Right: `self.layers = nn.ModuleList([nn.Linear(8, 8) for _ in range(3)])`.

    Reported: https://github.com/pytorch/pytorch/issues/715
    """

    name = "parameters-hidden-in-a-list"
    grade = "warning"
    why = "hidden"

    def place(self, stray: Stray) -> Site | None:
        """Return where the list was assigned."""
        return stray.hidden_at or made_at(stray.holders[0])

    def found(self, site: Site, strays: list[Stray]) -> Finding:
        """Make the finding of one list."""
        kind = strays[0].hidden_in
        instead = "nn.ParameterList" if strays[0].name.endswith("]") else _INSTEAD.get(kind)
        return self.finding(
            site,
            f"parameters() does not look into a plain {kind}: what is in it never learns",
            evidence=f"{got_gradients(strays)}, and no optimizer ever held {them(strays)}",
            remedy=f"{instead}(...) in its place" if instead else f"make {kind} an nn.Module",
        )
