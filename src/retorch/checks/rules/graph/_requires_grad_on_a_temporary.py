"""`requires_grad` set on a tensor that lives for one line only."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from weakref import ref

from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef

import retorch
from retorch.checks._finding import Finding
from retorch.checks._observations import Ended, OperationDone, StepBegins
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import parameters
from retorch.lines import Site, user_frame

# A large network, frozen weight by weight.
_MOST = 4096
# Steps in which parameters are compared after the last switch.
_STEPS = 8


@dataclass(slots=True)
class _Set:
    """A switch that was set on a plain tensor.

    Attributes:
        tensor: it.
        memory: where its values are.
        shape: its shape.
        value: what was set.
        site: where.
        steps: how many steps there were since in which the parameter with the same values was the contrary.
        name: of that parameter.
    """

    tensor: ref[Tensor]
    memory: StorageWeakRef
    shape: tuple[int, ...]
    value: bool
    site: Site
    steps: int = 0
    name: str = ""


class RequiresGradSetOnATemporary(Rule):
    """`requires_grad` is set on a tensor beside the parameter: its `.data`, its entry in `state_dict()`.

    Why it matters: each of these is a new tensor that shares the values and has a switch of its own. It is gone with
    the line, and the parameter goes on learning, or stays frozen.

    When it is fine: a tensor that is kept, and that shall not require a gradient; the check is silent while it lives.

    Wrong: `p.data.requires_grad = False`, or `for v in model.state_dict().values(): v.requires_grad = False`.

    Right: `p.requires_grad = False`, with the `p` of `model.parameters()` or `model.named_parameters()`.
    """

    name = "requires-grad-set-on-a-temporary"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._set: list[_Set] = []
        self._left = 0

    @sees(OperationDone)
    def remember(self, seen: OperationDone) -> None:
        """Remember a switch that was set on a plain tensor."""
        name = getattr(seen.function, "__name__", "")
        if name == "__set__":
            name = getattr(getattr(seen.function, "__self__", None), "__name__", "")
        if name not in {"requires_grad", "requires_grad_"} or len(self._set) >= _MOST or not _is_the_users():
            return
        tensor = seen.args[0]
        if isinstance(tensor, Tensor) and not isinstance(tensor, nn.Parameter) and (memory := _memory_of(tensor)):
            self._set.append(_Set(ref(tensor), memory, tuple(tensor.shape), tensor.requires_grad, seen.site))
            self._left = _STEPS

    @sees(StepBegins)
    def compare(self, _: StepBegins) -> None:
        """Look whether the parameter with these values is the contrary in a step of training."""
        if not self._set or not self._left:
            return
        self._left -= 1
        self._set = [each for each in self._set if each.tensor() is None and not each.memory.expired()]
        by_memory = {(each.memory.cdata, each.shape): each for each in self._set}
        for parameter in self.scene.parameters() if by_memory else ():
            memory = _memory_of(parameter)
            done = by_memory.get((memory.cdata, tuple(parameter.shape))) if memory is not None else None
            if done is not None and _contradicts(parameter, value=done.value):
                done.steps += 1
                done.name = done.name or self.scene.name(parameter)

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Report each line with all its tensors."""
        places = {each.site: each for each in reversed(self._set) if each.steps > 1}
        for site, first in places.items():
            count = sum(each.site == site and each.steps > 1 for each in self._set)
            state = "frozen" if first.value else "trained"
            yield self.finding(
                site,
                "this sets requires_grad on a tensor that is thrown away: the parameter does not notice",
                evidence=f"{parameters(first.name, first.shape, count)}: still {state} {first.steps} steps later",
                remedy="set it on the parameter itself, the one from parameters() or named_parameters()",
            )


def _is_the_users() -> bool:
    """Tell whether the user's own code made the call; `torch.load` sets the switch of what it rebuilds."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - what `inspect.currentframe` returns
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    return frame is not None and user_frame(frame) is frame


_OURS = str(Path(retorch.__file__).parent) + os.sep


def _contradicts(parameter: Tensor, *, value: bool) -> bool:
    return not parameter.requires_grad if value else parameter.requires_grad and parameter.grad is not None


def _memory_of(tensor: Tensor) -> StorageWeakRef | None:
    try:
        return StorageWeakRef(tensor.untyped_storage())
    except (RuntimeError, NotImplementedError):  # a kind without a storage
        return None
