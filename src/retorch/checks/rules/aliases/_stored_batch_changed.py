"""Batches that are kept in memory are changed in place each time they are used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import ReferenceType

import torch
from torch import Tensor, nn
from torch.utils.weak import WeakIdRef

from retorch.checks._finding import Finding
from retorch.checks._observations import ModuleBegins, OperationDone, Written
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._memory import Place, block_of, place_of
from retorch.checks.rules.aliases._arrays import Memory, memory_of
from retorch.checks.rules.aliases._stored_rows import checksum
from retorch.lines import Site, user_site

# What these leave behind does not depend on what was there. So it is with calls that write into an `out=`.
_FILLING = frozenset({
    "copy_", "zero_", "fill_", "normal_", "uniform_", "random_", "bernoulli_", "exponential_", "geometric_",
    "log_normal_", "cauchy_", "resize_", "set_",
})  # fmt: skip
_MOST_PLACES = 16


@dataclass(eq=False)
class _Fed:
    """An input of a model that was changed in place before: where, and what it was when the model got it first."""

    memory: Memory
    block: int | None
    site: Site
    checksum: int | None


@dataclass(eq=False)
class _Line:
    """A line that changes tensors in place: the blocks and places that it has changed."""

    site: Site
    written: dict[Place, Memory] = field(default_factory=dict)


class StoredBatchChangedByUse(Rule):
    """Batches that are used again, slices of one tensor or a list of batches, are changed in place at each use.

    Why it matters: `batch = data[i : i + 32]` is a view, and `batches = list(loader)` keeps its tensors. What
    `batch.sub_(mean)` or `batch += noise` does stays in the data: in the second epoch the mean is subtracted twice, and
    the noise adds up.

    When it is fine: where the inputs are a state that is meant to go on, such as a simulation that is stepped in place.
    A buffer that is filled anew is not reported, nor noise that is taken off again after the step.

    Wrong: `for x, y in batches: x.div_(x.norm()); model(x)`.

    Right: `x = x / x.norm()`.

    Reported: https://github.com/pytorch/vision/issues/680
    """

    name = "stored-batch-changed-by-use"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._lines: dict[str, _Line] = {}
        self._fed: dict[Place, _Fed] = {}
        self._filled: set[int | None] = set()  # blocks that are written anew
        # By place: the line that wrote it first. Places that a model had since they were written.
        self._first: dict[Place, str] = {}
        self._used: set[Place] = set()
        self._undone: set[str] = set()  # lines whose changes are taken back
        self._written: list[ReferenceType[Tensor]] = []

    @sees(Written)
    def note(self, seen: Written) -> None:
        """Note what the call that is done just now has written."""
        if not self.scene.running and not isinstance(seen.tensor, nn.Parameter) and not seen.tensor.requires_grad:
            self._written.append(WeakIdRef(seen.tensor))

    @sees(OperationDone)
    def judge_write(self, seen: OperationDone) -> None:
        """Tell writes that change from those that fill."""
        written, self._written = [tensor for each in self._written if (tensor := each()) is not None], []
        for tensor in written:
            if _changes_in_part(seen):
                self._take(tensor)
            elif not (seen.function.__name__ == "__setitem__" and _is_put_back(seen.args)):
                self._filled.add(block_of(tensor))

    @sees(ModuleBegins)
    def judge_use(self, seen: ModuleBegins) -> Iterator[Finding]:
        """Compare an input with what it was when a model got it for the first time."""
        if seen.depth or not self._lines:
            return
        for given in seen.args:
            if isinstance(given, Tensor) and not given.requires_grad:
                yield from self._judge(given)

    def _take(self, tensor: Tensor) -> None:
        place = place_of(tensor)
        if place is not None:
            site = user_site()
            line = self._lines.setdefault(site.place, _Line(site)) if site.place not in self._undone else _Line(site)
            if len(line.written) < _MOST_PLACES:
                line.written[place] = memory_of(tensor)
            first = self._first.setdefault(place, site.place)
            # A write by another line, right after the model had the input, takes the change back.
            if place in self._used and first != site.place:
                self._undone |= {first, site.place}
                self._lines = {known: line for known, line in self._lines.items() if known not in self._undone}
            self._used.discard(place)

    def _judge(self, given: Tensor) -> Iterator[Finding]:
        place = place_of(given)
        if place is None:
            return
        if place in self._first:
            self._used.add(place)
        fed = self._fed.get(place)
        if fed is not None and fed.memory.is_shown_by(given):
            again = checksum(given)
            if again != fed.checksum and fed.block not in self._filled and fed.site.place not in self._undone:
                del self._fed[place]
                yield self._found(given, fed.site)
        else:
            line = next((line for line in self._lines.values() if _changes(line, place, given)), None)
            if line is not None:
                self._fed[place] = _Fed(line.written[place], block_of(given), line.site, checksum(given))

    def _found(self, given: Tensor, site: Site) -> Finding:
        return self.finding(
            site,
            "this changes the kept data in place, so that the same batch is another one each time",
            evidence=f"an input of shape {tuple(given.shape)} was given to a model twice from the same memory, and had "
            "other values the second time",
            remedy="compute a new value: x = x - mean; or copy first: x = x.clone()",
        )


def _changes_in_part(seen: OperationDone) -> bool:
    """Tell whether a call leaves something of what was there: `x += 1` and `x[mask] = 0`, but not `x[:] = new`."""
    name = seen.function.__name__
    if name == "__setitem__":
        return _is_part_of_each_row(seen.args[0], seen.args[1]) and not _is_put_back(seen.args)
    return name.startswith("__i") or (name.endswith("_") and name not in _FILLING)


def _is_part_of_each_row(tensor: Tensor, index: Any) -> bool:
    """Tell whether an index names some elements of all rows; a row at a time is how a buffer is filled."""
    if isinstance(index, Tensor):
        return index.dtype is torch.bool
    if not isinstance(index, tuple) or not index or index[0] not in (slice(None), ...):
        return False
    return all(isinstance(part, (int, slice)) or part is ... for part in index) and (
        tensor[index].numel() < tensor.numel()
    )


def _changes(line: _Line, place: Place, given: Tensor) -> bool:
    """Tell whether a line changes this input and others beside it: several batches, not one state that goes on."""
    memory = line.written.get(place)
    alive = sum(not each.is_gone for each in line.written.values())
    return memory is not None and alive > 1 and memory.is_shown_by(given)


def _is_put_back(args: tuple[Any, ...]) -> bool:
    """Tell the second half of `x[i:j] += 1`: what was changed in place is assigned to where it lies."""
    return isinstance(args[-1], Tensor) and block_of(args[-1]) == block_of(args[0])
