"""Large copies that the text of a line does not show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import name_of
from retorch.checks.rules.speed._each_step import EachStep
from retorch.lines import Site

# They copy only where the layout does not allow a view.
_LAYING_OUT = frozenset({"reshape", "flatten", "ravel", "contiguous"})
_CONVERTING = frozenset({"to", "float", "double", "half", "bfloat16", "long", "int", "type", "type_as", "cuda", "cpu"})
_LEAST_BYTES = 2**20
# Of values that have not changed any copy but the first is for nothing.
_LEAST_BYTES_AGAIN = 2**16


class HiddenCopyInEachStep(Rule):
    """Each step copies a large tensor where a view, or one copy before the loop, would do.

    Why it matters: the copy costs time and memory in each step, and again in the backward pass. `reshape`, `flatten`
    and `contiguous` copy only when the layout forces them to, which the line does not show; converting the same tensor
    again in each step gives the same copy each time.

    When it is fine: where the next operation needs this layout, and the copy is small beside it.

    Wrong: `images.float()` of the whole data set inside of the loop; `x.transpose(1, 2).flatten(1)` on a large tensor.

    Right: convert before the loop; store the tensor in the layout in which it is read.
    """

    name = "hidden-copy-in-each-step"
    grade = "advice"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._lines = EachStep()
        # Which views of a tensor were copied, in which version and step.
        self._copied: Any = WeakTensorKeyDictionary()

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge whether a line of the training has copied much in a second step."""
        name = name_of(seen.function)
        if name not in _LAYING_OUT and name not in _CONVERTING:
            return
        size = _copied(seen)
        if size < _LEAST_BYTES_AGAIN or self.scene.phase != "training" or not self.scene.calls["training"]:
            return
        is_again = self._is_again(seen.args[0], name)
        # An explicit `contiguous()` inside of a model is what the next operation needs.
        is_hidden = name in _LAYING_OUT and size >= _LEAST_BYTES and not (name == "contiguous" and seen.inside)
        if not is_again and not is_hidden:
            return
        line = self._lines.note(seen.site, self.scene.step, size, name)
        if (len(line.steps) > 1 or is_again) and not line.is_told:
            line.is_told = True
            yield self._found(seen, name, line.in_a_step, line.site, is_again=is_again)

    def _is_again(self, source: Tensor, name: str) -> bool:
        base = source if source._base is None else source._base  # noqa: SLF001 - no public way to see what a view is of
        version = -1 if base.is_inference() else base._version  # noqa: SLF001 - no public way to see writes
        view = name, source.storage_offset(), tuple(source.shape), source.stride()
        views = self._copied.setdefault(base, {})
        before, views[view] = views.get(view), (version, self.scene.step)
        return before is not None and before[0] == version and before[1] < self.scene.step

    def _found(self, seen: OperationDone, name: str, size: int, site: Site, *, is_again: bool) -> Finding:
        source: Tensor = seen.args[0]
        return self.finding(
            site,
            f"each step copies {_amount(size)} here" + (", of a tensor that has not changed" if is_again else ""),
            evidence=f"{name} of {tuple(source.shape)} {source.dtype} with strides {source.stride()} made a copy in "
            "more than one step",
            remedy="copy it once, before the loop" if is_again
            else "keep the tensor in the layout in which it is used, or operate on the axes as they are",
        )  # fmt: skip


def _copied(seen: OperationDone) -> int:
    """Return how many bytes a call copied; 0 where it gave a view."""
    source, result = seen.args[0] if seen.args else None, seen.result
    if not isinstance(source, Tensor) or not isinstance(result, Tensor) or result is source:
        return 0
    if source.layout is not torch.strided or result._is_view() or source.numel() != result.numel():  # noqa: SLF001 - no public way
        return 0
    return int(result.numel()) * result.element_size()


def _amount(size: int) -> str:
    return f"{size / 2**20:.1f} MiB" if size >= 2**20 else f"{size / 2**10:.0f} KiB"
