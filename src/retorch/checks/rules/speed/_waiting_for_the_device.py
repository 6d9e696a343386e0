"""Values that are fetched from an accelerator in each step."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import Flow, name_of, tensors_in
from retorch.checks.rules._words import times
from retorch.checks.rules.speed._devices import moves_to_a_device
from retorch.checks.rules.speed._each_step import EachStep, Line
from retorch.lines import user_frame

_FETCHING = frozenset({
    "__array__", "__bool__", "__float__", "__format__", "__index__", "__int__", "__repr__", "cpu", "item", "nonzero",
    "numpy", "tolist", "to",
})  # fmt: skip
_WITHOUT_WAITING = frozenset({"cpu", "meta"})
_TORCH = str(Path(torch.__file__).parent)
# What a call by the user passes through on its way.
_ON_THE_WAY = (f"{_TORCH}/overrides.py", f"{_TORCH}/_tensor.py", f"{_TORCH}/utils/_contextlib.py")


class WaitingForTheDeviceInEachStep(Rule):
    """Each step of the training fetches a value from the accelerator and waits for it.

    Why it matters: Python queues work for the accelerator and runs ahead of it. Whoever asks for a value waits until
    all of that is done, and the accelerator then has nothing to do until Python has queued the next step.

    When it is fine: when the value decides what is computed next, or when a step takes so long that the gap does not
    count. On the CPU nothing waits: there this is told only of a script that moves its tensors to a device, for the
    day on which that is an accelerator.

    Wrong: `total += loss.item()` in each step.

    Right: `total += loss.detach()`, and one `total.item()` at the end of the epoch, or one each hundred steps.

    Reported: https://github.com/meta-pytorch/torchtune/pull/522
    """

    name = "waiting-for-the-device-in-each-step"
    grade = "advice"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._lines = EachStep()
        # What would be on the device, were there one: what was moved to it, and all that comes of that.
        self._moved: Flow[bool] = Flow(())

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge whether a line of the training has waited in a second step."""
        is_moved = any(self._moved.of(each) for each in tensors_in(seen.args))
        if is_moved or moves_to_a_device(seen):
            self._moved.mark(seen.result, True)  # noqa: FBT003 - the fact itself
        if name_of(seen.function) not in _FETCHING or self.scene.phase != "training":
            return
        if not (_waits(seen) or (is_moved and _would_wait(seen))) or _is_of_a_library():
            return
        line = self._lines.note(seen.site, self.scene.step)
        if len(line.steps) > 1 and not line.is_told:
            line.is_told = True
            yield self._found(seen, line)

    def _found(self, seen: OperationDone, line: Line) -> Finding:
        fetched: Tensor = seen.args[0]
        is_here = fetched.device.type == "cpu"
        what = "a number" if fetched.dim() == 0 else f"a tensor {tuple(fetched.shape)}"
        seen_here = f"{_written(seen)} fetched {what} in {times(len(line.steps), 'step')}"
        return self.finding(
            line.site,
            "on an accelerator each step would wait here" if is_here else "each step waits here for the device",
            evidence=f"{seen_here}. The script moves its tensors to a device; in this run that is the CPU."
            if is_here
            else f"{seen_here} from {fetched.device}",
            remedy="keep the value on the device with .detach(), and fetch it once for many steps",
        )


def _written(seen: OperationDone) -> str:
    """Return what the user wrote, which Python calls `__bool__` or `__format__`."""
    name, text = name_of(seen.function), seen.site.text
    match name:
        case "__bool__":
            word = text.partition(" ")[0]
            return f"`{word}`" if word in ("if", "elif", "while", "assert") else "`bool(...)`"
        case "__format__" | "__repr__":
            return "`print`" if "print(" in text else "an f-string" if name == "__format__" else "`str(...)`"
        case "__array__":
            return "NumPy"
        case "__float__" | "__int__" | "__index__":
            return "`float(...)`" if name == "__float__" else "`int(...)`"
        case "nonzero" if ".nonzero" not in text:
            return "`torch.nonzero(...)`" if "nonzero(" in text else "indexing with a mask"
        case _:
            return f"`.{name}()`"


def _would_wait(seen: OperationDone) -> bool:
    # On the CPU nothing is fetched by `cpu` and `to`; what then takes the value out follows.
    given = seen.args[0] if seen.args else None
    return isinstance(given, Tensor) and name_of(seen.function) not in ("cpu", "to")


def _waits(seen: OperationDone) -> bool:
    given = seen.args[0] if seen.args else None
    if not isinstance(given, Tensor) or given.device.type in _WITHOUT_WAITING:
        return False
    if name_of(seen.function) != "to":
        return True
    is_fetched = isinstance(seen.result, Tensor) and seen.result.device.type == "cpu"
    return is_fetched and not seen.kwargs.get("non_blocking", False)


def _is_of_a_library() -> bool:
    """Tell whether torch itself asks, as a GradScaler must."""
    user = user_frame()
    frame = sys._getframe()  # noqa: SLF001 - what `inspect.currentframe` returns
    while frame is not None and frame is not user:
        file = frame.f_code.co_filename
        if file.startswith(_TORCH) and file not in _ON_THE_WAY:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False
