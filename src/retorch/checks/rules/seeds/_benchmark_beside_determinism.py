"""cuDNN may choose other algorithms in each run, while the same run asks for determinism."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.backends import cudnn

from retorch.checks._finding import Finding
from retorch.checks._observations import SettingChanged, StepDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.lines import Site

_BENCHMARK = "torch.backends.cudnn.benchmark"


class BenchmarkBesideDeterminism(Rule):
    """`torch.backends.cudnn.benchmark` is on while deterministic algorithms are asked for.

    Why it matters: benchmarking times the convolutions and takes the fastest one, which may be another one in the next
    run. Each is deterministic, the choice between them is not: two runs differ in their last bits, and then altogether.

    When it is fine: when only the results of one and the same process need to repeat.

    Wrong: `torch.use_deterministic_algorithms(True)` with `torch.backends.cudnn.benchmark = True`.

    Right: `torch.backends.cudnn.benchmark = False`.

    Reported: https://github.com/pytorch/pytorch/issues/6351
    """

    name = "benchmark-beside-determinism"
    grade = "warning"
    rests = True

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._set_at: Site | None = None
        self._is_told = False

    @sees(SettingChanged, always=True)
    def remember(self, seen: SettingChanged) -> None:
        """Remember which line switched benchmarking on."""
        if seen.name == _BENCHMARK and seen.value:
            self._set_at = seen.site

    @sees(StepDone)
    def judge(self, seen: StepDone) -> Iterator[Finding]:
        """Judge what is on when the training steps."""
        if self._is_told or not cudnn.benchmark:
            return
        wanted = [name for name, is_on in _asked_for().items() if is_on]
        if not wanted:
            return
        self._is_told = True
        yield self.finding(
            self._set_at or seen.site,
            "cuDNN may choose other algorithms in the next run, although this one asks for determinism",
            evidence=f"at the first step {_BENCHMARK} is True, and so is {' and '.join(wanted)}",
            remedy=f"{_BENCHMARK} = False",
        )


def _asked_for() -> dict[str, bool]:
    return {
        "torch.backends.cudnn.deterministic": bool(cudnn.deterministic),
        "torch.use_deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
    }
