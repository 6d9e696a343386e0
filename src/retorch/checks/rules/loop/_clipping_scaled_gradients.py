"""Gradients are clipped while they are still multiplied by the scale of a `GradScaler`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch.optim import Optimizer

from retorch.checks._finding import Finding
from retorch.checks._held import held_by
from retorch.checks._observations import BackwardBegins, GradientsClipped, ScalerCalled
from retorch.checks._rule import sees
from retorch.checks._scene import Scene
from retorch.checks.rules.loop._scaling import ScalingRule
from retorch.lines import Site

# A limit near the scale, or above it, was multiplied by it on purpose.
_FAR_BELOW = 0.01


class ClippingScaledGradients(ScalingRule):
    """Gradients are clipped before the scaler has divided them by its scale.

    Why it matters: they are some ten thousand times as large as they really are, so that each is cut down to the limit,
    and divided by the scale afterwards: what arrives at the step is next to nothing, and training hardly moves.

    When it is fine: never, where the scaler divides what was clipped. A limit that is multiplied by
    `scaler.get_scale()` is not meant; this check knows it by its size.

    Wrong: `scaler.scale(loss).backward(); clip_grad_norm_(parameters, 1.0); scaler.step(optimizer)`.

    Right: `scaler.scale(loss).backward(); scaler.unscale_(optimizer); clip_grad_norm_(parameters, 1.0);
    scaler.step(optimizer)`.

    Reported: https://github.com/milesial/Pytorch-UNet/issues/468
    """

    name = "clipping-scaled-gradients"
    grade = "error"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._clipped: dict[int, tuple[Site, str]] = {}

    @sees(BackwardBegins)
    def begin(self, _: BackwardBegins) -> None:
        """Begin anew: these gradients are others."""
        self._clipped.clear()

    @sees(GradientsClipped)
    def collect(self, seen: GradientsClipped) -> None:
        """Collect what is clipped while it is scaled."""
        scaled = self.scaling.count(list(seen.parameters))
        if scaled and _is_far_below(seen.limit, self.scaling.scale):
            evidence = (
                f"{scaled} of {len(seen.parameters)} gradients were multiplied by {self.scaling.scale:g} when they "
                f"were clipped to {float(seen.limit):g}, and divided again afterwards"
            )
            self._clipped.update((id(parameter), (seen.site, evidence)) for parameter in seen.parameters)

    @sees(ScalerCalled)
    def judge(self, seen: ScalerCalled) -> Iterator[Finding]:
        """Judge when the scaler divides what was clipped before. Who divides by hand asks no scaler to do it again."""
        if isinstance(seen.given, Optimizer):
            found = {self._clipped.pop(id(parameter), None) for parameter in held_by(seen.given)} - {None}
            for site, evidence in filter(None, found):
                yield self.finding(
                    site,
                    "these gradients are clipped while they are still scaled",
                    evidence=evidence,
                    remedy="call scaler.unscale_(optimizer) before clipping",
                )


def _is_far_below(limit: Any, scale: float) -> bool:
    try:
        return scale > 1 and float(limit) < _FAR_BELOW * scale
    except (TypeError, ValueError):
        return False
