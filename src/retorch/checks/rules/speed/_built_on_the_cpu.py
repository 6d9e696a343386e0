"""Tensors that each step builds on the CPU and moves to the device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import Flow, name_of, tensors_in
from retorch.checks.rules._words import times
from retorch.checks.rules.speed._devices import moves_to_a_device
from retorch.checks.rules.speed._each_step import EachStep
from retorch.lines import Site

_BUILDING = frozenset({
    "arange", "empty", "eye", "full", "linspace", "normal", "ones", "rand", "randint", "randn", "randperm", "zeros",
})  # fmt: skip


class _Built(NamedTuple):
    """A tensor that was built without data: where, by what, in which step."""

    site: Site
    name: str
    step: int


class BuiltOnTheCpuInEachStep(Rule):
    """Each step builds a tensor on the CPU, of zeros, of positions, of random numbers, and then moves it to the device.

    Why it matters: the CPU fills it, and the copy to the device holds up the work that is queued there; the device
    itself would have filled it in no time.

    When it is fine: where the random numbers shall be the same on the CPU and on any device.

    Wrong: `noise = torch.randn(32, 100).to(device)`.

    Right: `noise = torch.randn(32, 100, device=device)`, or built once and kept with `register_buffer`.

    Reported: https://github.com/open-mmlab/mmsegmentation/issues/3231
    """

    name = "built-on-the-cpu-in-each-step"
    grade = "advice"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._lines = EachStep()
        self._built: Flow[_Built] = Flow(())

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge whether what is moved was built in this step, and in the one before too."""
        name = name_of(seen.function)
        if name in _BUILDING and seen.kwargs.get("device") is None:
            if self.scene.phase == "training" and _is_on_the_cpu(seen.result):
                self._built.mark(seen.result, _Built(seen.site, name, self.scene.step))
            return
        given = list(tensors_in(seen.args))
        built = self._built.of(given[0]) if given else None
        if built is None or built.step != self.scene.step:
            return
        if moves_to_a_device(seen):
            yield from self._note(built, seen)
        elif all(self._built.of(each) is not None for each in given):
            self._built.mark(seen.result, built)

    def _note(self, built: _Built, seen: OperationDone) -> Iterator[Finding]:
        line = self._lines.note(built.site, self.scene.step)
        if len(line.steps) > 1 and not line.is_told:
            line.is_told = True
            moved: Tensor = seen.result
            where = "a device, in this run the CPU itself" if moved.device.type == "cpu" else str(moved.device)
            yield self.finding(
                built.site,
                "each step builds this tensor on the CPU and then moves it",
                evidence=f"`{built.name}` built a tensor {tuple(moved.shape)} on the CPU, and {seen.site.place} "
                f"moved it to {where}, in {times(len(line.steps), 'step')}",
                remedy="build it there: give device= to the call that builds it, or keep it as a buffer of the model",
            )


def _is_on_the_cpu(result: object) -> bool:
    return isinstance(result, Tensor) and result.device == torch.device("cpu")
