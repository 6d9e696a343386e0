"""Gradients are clipped when the step has used them already, or before there are any, or those of other parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import GradientsClipped
from retorch.checks._rule import sees
from retorch.checks._scene import Scene
from retorch.checks._writes import mark_of
from retorch.checks.rules.loop._entries import Account, Use, is_missing_or_zero
from retorch.checks.rules.loop._following import LoopRule
from retorch.lines import Site

_NO_LIMIT = 1e4


class _Why(NamedTuple):
    """Why a clipping is in vain: the message, what was seen each time, and the remedy."""

    message: str
    seen: str
    remedy: str


_LATER = "this clips gradients that no step uses"
_BETWEEN = "clip between loss.backward() and optimizer.step()"


class ClippingWithoutEffect(LoopRule):
    """Gradients are clipped of which no step can profit: used already, not yet computed, or of other parameters.

    Why it matters: training runs as if nothing were clipped, and one bad batch can destroy the weights.

    When it is fine: to measure the norm for a log; `clip_grad_norm_(parameters, math.inf)` says so, and this check is
    silent with a limit of ten thousand and more. A part that is frozen, and one whose optimizer waits for its turn, are
    not meant.

    Wrong: `loss.backward(); optimizer.step(); clip_grad_norm_(model.parameters(), 1.0)`, or the clipping before
    `loss.backward()`; `parameters = model.parameters(); Adam(parameters); clip_grad_norm_(parameters, 1.0)`, where Adam
    has walked the generator to its end.

    Right: `loss.backward(); clip_grad_norm_(model.parameters(), 1.0); optimizer.step()`.

    Reported: https://github.com/Lightning-AI/pytorch-lightning/pull/10248
    """

    name = "clipping-without-effect"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._steps_in_vain: dict[Site, list[int]] = {}
        self._useful: set[Site] = set()

    @sees(GradientsClipped)
    def judge_clipping(self, seen: GradientsClipped) -> Iterator[Finding]:
        """Judge a line that clips: for the second time in vain, with steps between, and never with effect."""
        self.ledger.follow(seen)
        site = seen.site
        if site in self._useful:
            return
        why = self._why(seen)
        if why is None:
            return
        if not why:
            self._useful.add(site)
            return
        steps = self._steps_in_vain.setdefault(site, [])
        if self.scene.step > (steps[-1] if steps else -1):
            steps.append(self.scene.step)
        if len(steps) >= 3:
            yield self.finding(
                site,
                why.message,
                evidence=f"each time, in {steps[-1] - steps[0]} steps, {why.seen}",
                remedy=why.remedy,
            )

    def _why(self, seen: GradientsClipped) -> _Why | tuple[()] | None:
        """Tell why this clipping is in vain.

        () where a step may still profit; None where nothing is known, as of a part that is frozen.
        """
        if not _limits(seen.limit):
            return ()
        gradients = [self.ledger.gradient(parameter) for parameter in seen.parameters]
        if any(gradient.fresh for gradient in gradients):
            return ()
        if all(is_missing_or_zero(parameter.grad) for parameter in seen.parameters):
            if any(gradient.was_used and gradient.cleared for gradient in gradients):
                return _Why(_LATER, "they were cleared, and not yet computed anew", _BETWEEN)
            return self._of_nothing(seen.parameters)
        is_used = all(gradient.used for p, gradient in zip(seen.parameters, gradients, strict=True) if mark_of(p))
        return _Why(_LATER, "the step had used all of them already", _BETWEEN) if is_used else ()

    def _of_nothing(self, parameters: tuple[Tensor, ...]) -> _Why | None:
        """Judge parameters that never had a gradient, while others learn."""
        if not self.scene.step:
            return None
        if not parameters:
            remedy = "give it list(model.parameters()), or call model.parameters() anew: it can be walked only once"
            return _Why("this clips nothing", "it was given no parameters, such as an exhausted generator", remedy)
        held = set(map(id, self.scene.held()))
        if any(id(parameter) in held for parameter in parameters) or not any(p.requires_grad for p in parameters):
            return None
        count = len(parameters)
        return _Why(
            "this clips parameters that nothing trains",
            f"none of the {count} parameters had a gradient, and no optimizer holds any of them",
            "give it the parameters of the model that the optimizer holds",
        )

    def judge_step(self, account: Account, use: Use) -> Iterable[Finding]:  # noqa: ARG002 - given to every rule
        """Where steps use gradients for a second time, what is clipped after the first has its effect on the second."""
        if use.stale and not use.fresh:
            self._useful.update(self._steps_in_vain)
        return ()


def _limits(limit: Any) -> bool:
    """Tell whether clipping to a limit is more than a way to measure."""
    try:
        return float(limit) < _NO_LIMIT
    except (TypeError, ValueError):
        return False
