"""The whole loop runs inside of one `autocast`, which keeps the weights that it has cast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import ref

import torch
from torch import Tensor
from torch.autograd import _get_sequence_nr  # type: ignore[attr-defined]

from retorch.checks._finding import Finding
from retorch.checks._held import held_by
from retorch.checks._leaves import AccumulateGrad
from retorch.checks._observations import AutocastEntered, BackwardBegins, CastsForgotten, StepDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import times
from retorch.lines import Site


class OldWeightsUnderAutocast(Rule):
    """The weights are changed inside of an `autocast` region that goes on to use the casts of the old ones.

    Why it matters: autocast keeps the low-precision copy of each weight until the outermost region ends, and does not
    notice that the weight has changed. All forward passes of the region use the weights of the first one: the loss is
    flat, and what was trained is not what was computed.

    When it is fine: never, where a later forward pass does take the old casts. With
    `torch.autocast(..., cache_enabled=False)`, or after `torch.clear_autocast_cache()`, there are none.

    Wrong: `with torch.autocast("cuda"):` round the loop with its `optimizer.step()`.

    Right: `with torch.autocast("cuda"):` round the forward pass and the loss of each batch.

    Reported: https://github.com/X-GenGroup/Flow-Factory/pull/186
    """

    name = "old-weights-under-autocast"
    grade = "error"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._region: Site | None = None
        # Graph nodes are numbered in the order in which they are made: what comes later was computed after the step.
        self._stepped_at = 0
        self._changed: dict[int, ref[Tensor]] = {}

    @sees(AutocastEntered)
    def enter(self, seen: AutocastEntered) -> None:
        """Remember the outermost region."""
        if self._region is None:
            self._region = seen.site

    @sees(CastsForgotten)
    def forget(self, _: CastsForgotten) -> None:
        """Begin anew: nothing cast is kept."""
        self._region = None
        self._changed.clear()

    @sees(StepDone)
    def step(self, seen: StepDone) -> None:
        """Remember which weights have changed inside of a region."""
        if self._region is not None and torch.is_autocast_cache_enabled():
            self._stepped_at = _get_sequence_nr()
            self._changed.update(
                (id(weight), ref(weight)) for weight in held_by(seen.optimizer) if weight.requires_grad
            )

    @sees(BackwardBegins)
    def judge(self, seen: BackwardBegins) -> Iterator[Finding]:
        """Judge a loss in whose graph an operation after the step takes a cast from before it."""
        if self._region is None or not self._changed:
            return
        old = self._old_casts([root.grad_fn for root in seen.roots])
        if old:
            yield self.finding(
                self._region,
                "in this autocast region the forward pass goes on with weights from before the step",
                evidence="autocast keeps its casts of weights until the region ends, and the optimizer stepped inside "
                f"of it: the loss at {seen.site.place} was computed with old values of {times(old, 'weight')}",
                remedy="put only the forward pass and the loss of each batch into the `with torch.autocast(...)`",
            )

    def _old_casts(self, roots: list[Any]) -> int:
        """Count the weights of which a later operation in a graph uses a cast that is older than the last step."""
        old: set[int] = set()
        seen: set[Any] = set()
        waiting = [node for node in roots if node is not None]
        while waiting:
            node = waiting.pop()
            if node in seen or node._sequence_nr() < self._stepped_at:  # noqa: SLF001 - the number of a node
                continue
            seen.add(node)
            for below in filter(None, (each for each, _ in node.next_functions)):
                weight = _cast_weight(below)
                if weight is None:
                    waiting.append(below)
                elif below._sequence_nr() < self._stepped_at and self._has_changed(weight):  # noqa: SLF001 - as above
                    old.add(id(weight))
        return len(old)

    def _has_changed(self, weight: Tensor) -> bool:
        changed = self._changed.get(id(weight))
        return changed is not None and changed() is weight


def _cast_weight(node: Any) -> Tensor | None:
    """Return the weight that a node casts; None for any other node."""
    if not node.name().startswith("ToCopy"):
        return None
    below = node.next_functions[0][0]
    return below.variable if isinstance(below, AccumulateGrad) else None
