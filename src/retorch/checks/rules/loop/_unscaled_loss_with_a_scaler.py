"""`backward` of the plain loss, while the scaler divides the gradients by its scale."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from torch.optim import Optimizer

from retorch.checks._finding import Finding
from retorch.checks._held import held_by
from retorch.checks._observations import BackwardDone, ScalerCalled
from retorch.checks._rule import sees
from retorch.checks._scene import Scene
from retorch.checks.rules.loop._scaling import ScalingRule
from retorch.lines import Site


class UnscaledLossWithAScaler(ScalingRule):
    """`scaler.step(optimizer)` divides gradients by a scale with which the loss was never multiplied.

    Why it matters: the gradients become some ten thousand times too small. SGD hardly moves, and the small ones are
    lost, which the scaler was there to prevent.

    When it is fine: never, where the scaler does divide. One that is switched off, with `enabled=False`, does not; and
    a loss that was multiplied by the scale in another way is not meant.

    Wrong: `loss.backward(); scaler.step(optimizer); scaler.update()`.

    Right: `scaler.scale(loss).backward(); scaler.step(optimizer); scaler.update()`.
    """

    name = "unscaled-loss-with-a-scaler"
    grade = "error"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._unscaled: dict[int, Site] = {}
        self._rounds: WeakKeyDictionary[Optimizer, int] = WeakKeyDictionary()

    @sees(BackwardDone)
    def remember(self, seen: BackwardDone) -> None:
        """Remember which gradients come from a loss that was not scaled, and from which line."""
        if not seen.accumulates:
            return
        if self.scaling.last == "unscaled":
            site = seen.site
            self._unscaled.update((id(parameter), site) for parameter in seen.written)
        elif self._unscaled:
            for parameter in seen.written:
                self._unscaled.pop(id(parameter), None)

    @sees(ScalerCalled)
    def judge(self, seen: ScalerCalled) -> Iterator[Finding]:
        """Judge when the scaler has stepped, the second time in a row that all gradients were of plain losses."""
        if seen.act != "step" or not isinstance(seen.given, Optimizer) or not seen.scaler.is_enabled():
            return
        scale = float(seen.scaler.get_scale())
        parameters = [parameter for parameter in held_by(seen.given) if parameter.grad is not None]
        sites = [self._unscaled.get(id(parameter)) for parameter in parameters]
        is_plain = bool(sites) and all(sites) and scale != 1
        self._rounds[seen.given] = self._rounds.get(seen.given, 0) + 1 if is_plain else 0
        if self._rounds[seen.given] >= 2 and sites[0] is not None:
            yield self.finding(
                sites[0],
                "this loss is not scaled, and the scaler divides its gradients all the same",
                evidence=f"scaler.step at {seen.site.place} divided {len(sites)} gradients by {scale:g}",
                remedy="scaler.scale(loss).backward()",
            )
