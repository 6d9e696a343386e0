"""`Sampling`: models that are asked several times about the same thing, for their answers are random on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary, ref

from torch import Tensor, nn

from retorch.checks._observations import ModuleBegins, OperationDone
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import MOVING, Flow, name_of

# Who validates asks for the loss, and once more for the accuracy. Who samples asks more often.
_TIMES = 3
_REPEATING = frozenset({"expand", "repeat", "repeat_interleave", "tile"})


@dataclass(slots=True, eq=False)
class Asked:
    """What is known of a model; it outlives the model, so that one can judge at the end.

    Attributes:
        kind: the model's type.
        is_sampled: whether it was asked several times about the same, without a step of training in between.
        given: what it was asked last.
        times: how often, without another question in between.
        step: after how many steps of training.
    """

    kind: str
    is_sampled: bool = False
    given: ref[Tensor] | None = None
    times: int = 0
    step: int = -1


class Sampling:
    """Notices Monte Carlo sampling: a batch or a loader again and again, or a batch with each sample several times."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._asked: WeakKeyDictionary[nn.Module, Asked] = WeakKeyDictionary()
        self._passes: WeakKeyDictionary[Any, tuple[int, int]] = WeakKeyDictionary()
        self._repeated: Flow[bool] = Flow(MOVING)

    def of(self, model: nn.Module) -> Asked:
        """Return what is known of a model."""
        return self._asked.setdefault(model, Asked(type(model).__name__))

    def notice(self, seen: ModuleBegins) -> None:
        """Take note of a call."""
        given = seen.args[0] if seen.args else None
        if isinstance(given, Tensor):
            asked = self.of(seen.module)
            is_same = asked.given is not None and asked.given() is given and asked.step == self._scene.step
            asked.times = asked.times + 1 if is_same else 1
            asked.is_sampled |= asked.times >= _TIMES or self._repeated.of(given) is not None
            asked.given, asked.step = ref(given), self._scene.step

    def notice_pass(self, loader: Any) -> None:
        """Take note of the beginning of a pass over a loader."""
        step, times = self._passes.get(loader, (-1, 0))
        times = times + 1 if step == self._scene.step else 1
        self._passes[loader] = self._scene.step, times
        if times >= _TIMES:
            for asked in self._asked.values():
                asked.is_sampled |= asked.step == self._scene.step

    def follow(self, seen: OperationDone) -> None:
        """Take note of batches in which each sample stands several times."""
        if name_of(seen.function) in _REPEATING and _repeats_samples(seen):
            self._repeated.mark(seen.result, True)  # noqa: FBT003 - the fact itself
        else:
            self._repeated.follow(seen)


def _repeats_samples(seen: OperationDone) -> bool:
    source, result = seen.args[0], seen.result
    if not (isinstance(source, Tensor) and isinstance(result, Tensor) and source.dim() and result.dim()):
        return False
    # A grey picture that gets three channels has as many samples as before.
    return len(result) > len(source) > 0 if result.dim() == source.dim() else result.dim() > source.dim()
