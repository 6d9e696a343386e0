"""The backward pass runs inside of `autocast`."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from retorch.checks._finding import Finding
from retorch.checks._observations import BackwardBegins
from retorch.checks._rule import Rule, sees


class BackwardUnderAutocast(Rule):
    """`backward` is called inside of the `with torch.autocast(...)` of the forward pass.

    Why it matters: each operation of the backward pass already runs in the type of its forward operation. What is
    computed anew in it, in a custom function or a checkpoint, is cast once more, and PyTorch advises against it.

    When it is fine: mostly it makes no difference.

    Wrong: `with torch.autocast("cuda"): loss = criterion(model(x), y); loss.backward()`.

    Right: the same with `loss.backward()` after the `with`.
    """

    name = "backward-under-autocast"
    grade = "advice"

    @sees(BackwardBegins, closely=True)
    def judge(self, seen: BackwardBegins) -> Iterator[Finding]:
        """Judge by whether autocast is on for the device of the loss."""
        kinds = {root.device.type for root in seen.roots}
        if any(torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind) for kind in kinds):
            yield self.finding(
                seen.site,
                "the backward pass runs inside of autocast",
                evidence=f"autocast was on for {', '.join(sorted(kinds))} when backward was called",
                remedy="end the `with torch.autocast(...)` after the loss is computed",
            )
