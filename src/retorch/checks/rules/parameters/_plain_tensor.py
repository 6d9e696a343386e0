"""A plain tensor as the attribute of a module, where a parameter was meant."""

from __future__ import annotations

from retorch.checks._finding import Finding
from retorch.checks.rules.parameters._stray_rule import StrayRule, got_gradients, them
from retorch.checks.rules.parameters._strays import Stray
from retorch.lines import Site


class PlainTensorForAParameter(StrayRule):
    """A module learns with a plain tensor that requires a gradient, or with a converted copy of a parameter.

    Why it matters: only an `nn.Parameter` that is assigned as it is becomes a parameter of the module.
    `torch.ones(8, requires_grad=True)` is none, and `nn.Parameter(x).to(device)` or `nn.Parameter(x).unsqueeze(0)`
    gives a plain tensor computed from a parameter that nobody has. It gets gradients, no optimizer moves it, and
    `state_dict()` lacks it.

    When it is fine: an input of which the gradient is wanted, such as the places of a differential equation. One that
    `torch.autograd.grad` is asked about, that is assigned in `forward`, or that anything moves is not reported.

    Wrong: `self.scale = torch.ones(8, requires_grad=True)`, or `self.pos = nn.Parameter(torch.randn(8)).to(device)`.

    Right: `self.scale = nn.Parameter(torch.ones(8))`, and `.to(device)` of the tensor inside or of the whole module.

    Reported: https://github.com/pytorch/pytorch/issues/20089
    """

    name = "plain-tensor-for-a-parameter"
    grade = "warning"
    why = "plain tensor"

    def place(self, stray: Stray) -> Site | None:
        """Return where it was assigned, outside of a forward pass."""
        return stray.hidden_at

    def found(self, site: Site, strays: list[Stray]) -> Finding:
        """Make the finding of one line."""
        return self.finding(
            site,
            "this is a plain tensor and no parameter of the module: it never learns",
            evidence=f"{got_gradients(strays)}, but parameters() does not have {them(strays)}",
            remedy="assign the nn.Parameter itself: nn.Parameter(values), with .to(...) and arithmetic inside",
        )
