"""`optimizer.step()` uses gradients that a `GradScaler` has scaled and nobody has divided again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType
from weakref import WeakKeyDictionary, WeakSet

from torch.amp import grad_scaler
from torch.optim import Optimizer

from retorch.checks._finding import Finding
from retorch.checks._held import held_by
from retorch.checks._observations import BackwardDone, StepDone
from retorch.checks._rule import sees
from retorch.checks._scene import Scene
from retorch.checks.rules.loop._samples import Samples
from retorch.checks.rules.loop._scaling import ScalingRule

# At first every optimizer is looked at; later on only one that has once stepped on scaled gradients.
_FIRST_STEPS = 3


class StepOnScaledGradients(ScalingRule):
    """A loss is scaled, and the optimizer steps without the scaler.

    Why it matters: the gradients are multiplied by the scale, mostly 65536, and so is the step of SGD; Adam hides it,
    but its epsilon, the clipping and the momentum of other steps are out of proportion. A step on infinite gradients is
    not left out.

    When it is fine: never, with gradients that are still the scaled ones when the step is done. After
    `scaler.unscale_(optimizer)`, with an optimizer that divides by itself, and with a scaler that is switched off, they
    are not.

    Wrong: `scaler.scale(loss).backward(); optimizer.step()`.

    Right: `scaler.scale(loss).backward(); scaler.step(optimizer); scaler.update()`.
    """

    name = "step-on-scaled-gradients"
    grade = "error"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._samples: WeakKeyDictionary[Optimizer, Samples] = WeakKeyDictionary()
        self._suspects: WeakSet[Optimizer] = WeakSet()

    @sees(BackwardDone)
    def remember(self, _: BackwardDone) -> None:
        """Remember which gradients are scaled."""
        for optimizer in self.scene.optimizers if self.scaling.last == "scaled" else ():
            samples = self._samples.setdefault(optimizer, Samples())
            if optimizer in self._suspects or self.scene.step < _FIRST_STEPS:
                samples.take(parameter.grad for parameter in held_by(optimizer))

    @sees(StepDone)
    def judge(self, seen: StepDone) -> Iterator[Finding]:
        """Judge a step on scaled gradients that no scaler has asked for."""
        # An optimizer may be told the scale, and may divide by it in its step.
        if not self.scaling.is_in_use or getattr(seen.optimizer, "grad_scale", None) is not None:
            return
        parameters = held_by(seen.optimizer)
        scaled = self.scaling.count(parameters)
        if not scaled or self.scaling.scale == 1 or _is_inside_a_scaler():
            return
        self._suspects.add(seen.optimizer)
        samples = self._samples.get(seen.optimizer)
        if samples is not None and samples.are_untouched():  # not divided by hand since they were computed
            yield self.finding(
                seen.site,
                "the optimizer steps on gradients that are still scaled",
                evidence=f"{scaled} of its {len(parameters)} gradients are multiplied by {self.scaling.scale:g}",
                remedy="call scaler.step(optimizer) in its place",
            )


def _is_inside_a_scaler() -> bool:
    """Tell whether a scaler called the step: some optimizers divide by the scale themselves when it asks them."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - what `inspect.currentframe` returns
    while frame is not None and frame.f_code.co_filename != grad_scaler.__file__:
        frame = frame.f_back
    return frame is not None
