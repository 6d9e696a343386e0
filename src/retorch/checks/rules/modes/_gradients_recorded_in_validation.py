"""Validation that records a graph nobody uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from weakref import ref

from torch import nn

from retorch.checks._finding import Finding
from retorch.checks._observations import BackwardBegins, Ended, ModeSet, ModuleBegins
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules.modes._thrown_away import thrown_away
from retorch.lines import Site


@dataclass(frozen=True, slots=True, eq=False)
class _Recorded:
    """A model, its type, and where it ran in eval mode with gradients."""

    model: ref[nn.Module]
    kind: str
    site: Site


class GradientsRecordedInValidation(Rule):
    """A model in eval mode runs with gradients, and no backward follows.

    Why it matters: every intermediate result is kept until the output is gone: validation needs as much memory as
    training, and more time than it should. `model.eval()` does not switch gradients off.

    When it is fine: where the outputs are kept for a later backward.

    Wrong: `model.eval()` and `outputs = model(inputs)`; `torch.no_grad()` as a statement, without `with`.

    Right: `with torch.no_grad():` round the pass, or `@torch.inference_mode()` before the function.

    Reported: https://github.com/hszhao/semseg/issues/60
    """

    name = "gradients-recorded-in-validation"
    grade = "advice"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # One line a model: where it ran first since the last backward.
        self._waiting: list[_Recorded] = []

    @sees(ModuleBegins)
    def collect(self, seen: ModuleBegins) -> None:
        """Collect calls in eval mode with gradients."""
        module = seen.module
        if seen.depth or not seen.grad_enabled or module.training:
            return
        if any(recorded.model() is module for recorded in self._waiting):
            return
        held = {id(each) for each in self.scene.held()}
        if any(each.requires_grad and id(each) in held for each in module.parameters()):
            site = thrown_away("no_grad", "inference_mode", called=True) or seen.site
            self._waiting.append(_Recorded(ref(module), type(module).__name__, site))

    @sees(BackwardBegins)
    def excuse(self, _: BackwardBegins) -> None:
        """Let be what may be on the way of a backward: an attack, or training in eval mode."""
        self._waiting = []

    @sees(ModeSet)
    def judge(self, seen: ModeSet) -> Iterator[Finding]:
        """Judge when training goes on."""
        if seen.training and self._waiting:
            parts = set(seen.module.modules())
            on_again = [recorded for recorded in self._waiting if recorded.model() in parts]
            self._waiting = [recorded for recorded in self._waiting if recorded not in on_again]
            yield from map(self._found, on_again)

    @sees(Ended)
    def judge_rest(self, _: Ended) -> Iterator[Finding]:
        """Judge what no backward came after."""
        yield from map(self._found, self._waiting)

    def _found(self, recorded: _Recorded) -> Finding:
        return self.finding(
            recorded.site,
            f"{recorded.kind} is evaluated here with gradients recorded",
            evidence="it was in eval mode, its parameters require gradients, and no backward followed",
            remedy="with torch.no_grad(): round the evaluation",
        )
