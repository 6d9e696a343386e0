"""What is left over of an accumulation at the end of an epoch comes on top of the first step of the next."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from retorch.checks._finding import Finding
from retorch.checks._observations import (
    BackwardBegins,
    BatchFetched,
    GradientsCleared,
    LoaderBegins,
    OrderDrawn,
    StepDone,
)
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules.loop._entries import is_missing_or_zero
from retorch.lines import Site

# Which loader, and which pass over it; without a loader, how many orders were drawn.
_Epoch: TypeAlias = tuple[int, int]


class AccumulationAcrossEpochs(Rule):
    """Gradients that are left over at the end of an epoch are added to those of the next one's first step.

    Why it matters: the number of batches is no multiple of the accumulation. The last ones are not stepped on, stay in
    `.grad`, and make the first step of the next epoch too long, in the direction of old weights; after the last epoch
    they are lost.

    When it is fine: steps that are counted through all epochs, which have as many passes at the border as everywhere,
    are not meant; a tail that is cleared at the start of an epoch is not meant either.

    Wrong: `if (i + 1) % 4 == 0: optimizer.step(); optimizer.zero_grad()` with 14 batches an epoch.

    Right: `if (i + 1) % 4 == 0 or i + 1 == len(loader): ...`.

    Reported: https://github.com/meta-pytorch/torchtune/pull/2745
    """

    name = "accumulation-across-epochs"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._epoch: _Epoch = (0, 0)
        self._begun: dict[int, int] = {}
        # Of the gradients that are there now: how many passes, the epoch of the first, and whether there is another.
        self._passes = 0
        self._first = self._epoch
        self._is_across = False
        self._is_cleared = True
        self._optimizer: int | None = None
        # How many passes the steps within an epoch use, and those over the border of two.
        self._within: set[int] = set()
        self._across: list[int] = []

    @sees(LoaderBegins)
    def begin(self, seen: LoaderBegins) -> None:
        """Count the passes over a loader."""
        self._begun[id(seen.loader)] = seen.number

    @sees(BatchFetched)
    def fetch(self, seen: BatchFetched) -> None:
        """Remember of which pass a batch is: a loader for validation may begin between two."""
        number = id(seen.loader)
        self._epoch = number, self._begun.get(number, 0)

    @sees(OrderDrawn)
    def draw(self, _: OrderDrawn) -> None:
        """Count orders, where there is no loader."""
        if not self._begun:
            self._epoch = 0, self._epoch[1] + 1

    @sees(GradientsCleared)
    def clear(self, _: GradientsCleared) -> None:
        """Begin anew."""
        self._passes, self._is_cleared, self._is_across = 0, True, False

    @sees(BackwardBegins)
    def count(self, seen: BackwardBegins) -> None:
        """Count passes into the same gradients, and see at the border of two epochs whether these are still there."""
        if not seen.accumulates or 1 in self._within:  # nothing is accumulated here
            return
        if not self._passes:
            self._first = self._epoch
        elif self._epoch != self._first and not self._is_across:
            self._is_across = True
            if all(is_missing_or_zero(parameter.grad) for parameter in self.scene.held()):  # cleared by hand
                self._passes, self._first, self._is_across = 0, self._epoch, False
        self._passes += 1

    @sees(StepDone)
    def judge(self, seen: StepDone) -> Iterator[Finding]:
        """Judge the second step over the border of two epochs that has more passes than all steps within one."""
        passes, self._passes = self._passes, 0
        is_across, self._is_across = self._is_across, False
        is_cleared, self._is_cleared = self._is_cleared, False
        if not passes or 1 in self._within or not self._is_alone(seen) or not is_cleared:
            return
        if not is_across:
            self._within.add(passes)
            return
        self._across.append(passes)
        (usual,) = self._within if len(self._within) == 1 else (0,)
        more = [each for each in self._across if each > usual]
        if usual >= 2 and more.count(passes) >= 2 and len(set(more)) == 1:
            yield self.finding(
                _condition_round(seen.site),
                "what is left of an accumulation at the end of an epoch is added to the next epoch's first step",
                evidence=f"steps within an epoch use {usual} backward passes; {len(more)} steps over the border of two "
                f"epochs used {passes}",
                remedy="also step at the last batch: `if (i + 1) % k == 0 or i + 1 == len(loader)`",
            )

    def _is_alone(self, seen: StepDone) -> bool:
        """Tell whether no other optimizer steps in between: one cannot count then without asking whose passes."""
        same = self._optimizer in {None, id(seen.optimizer)}
        if not same:
            self._within.clear()
            self._across.clear()
        self._optimizer = id(seen.optimizer)
        return same


def _condition_round(site: Site) -> Site:
    """Return the line of the innermost `if` round a line; itself where there is none. This decides nothing."""
    try:
        nodes = ast.walk(ast.parse("".join(linecache.getlines(site.file))))
    except (SyntaxError, ValueError):
        return site
    lines = [
        node.lineno
        for node in nodes
        if isinstance(node, ast.If) and node.body[0].lineno <= site.line <= (node.body[-1].end_lineno or 0)
    ]
    if not lines:
        return site
    text = linecache.getline(site.file, max(lines)).strip()
    return replace(site, line=max(lines), text=text, expression=text)
