"""One layer that stands in a list several times."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from retorch.checks._finding import Finding
from retorch.checks._observations import PartRegistered
from retorch.checks._rule import Rule, sees


class OneLayerManyTimes(Rule):
    """An `nn.ModuleList` or `nn.Sequential` holds the same layer several times, so all of them share their weights.

    Why it matters: a stack of six layers has the parameters of one. `parameters()` counts them once, the model trains,
    and nothing tells that it is smaller than the paper's.

    When it is fine: weights that are shared on purpose; a loop over one layer says so better. Layers without
    parameters, such as one `nn.ReLU()` in several places, are not reported.

    Wrong: `nn.ModuleList([layer] * 6)`, or a layer built before the loop that appends it.

    Right: `nn.ModuleList([make_layer() for _ in range(6)])`.

    Reported: https://github.com/habla-liaa/encodecmae/issues/3
    """

    name = "one-layer-many-times"
    grade = "warning"

    @sees(PartRegistered)
    def judge(self, seen: PartRegistered) -> Iterator[Finding]:
        """Judge a layer when it is put into a container that has it."""
        owner, part = seen.module, seen.part
        if not isinstance(owner, (nn.ModuleList, nn.Sequential)) or not isinstance(part, nn.Module):
            return
        items = list(owner._modules.items())  # noqa: SLF001 - `named_children` leaves repetitions out
        others = [name for name, child in items if child is part]
        if others and seen.name not in others and any(each.requires_grad for each in part.parameters()):
            yield self.finding(
                seen.site,
                f"the same {type(part).__name__} stands several times in this {type(owner).__name__}: shared weights",
                evidence=f"item {seen.name} is the same object as item {others[0]}",
                remedy="build a layer for each place: [make_layer() for _ in range(n)]",
            )
