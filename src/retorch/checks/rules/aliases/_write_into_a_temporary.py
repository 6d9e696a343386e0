"""A write in place into a copy that is gone at the end of the line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from weakref import ReferenceType

from torch import Tensor
from torch.utils.weak import WeakIdRef

from retorch.checks._arguments import tensors_among
from retorch.checks._finding import Finding
from retorch.checks._observations import Ended, ModuleBegins, OperationDone, StepBegins, Written
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._memory import Storage, block_of, comparable, storage_of
from retorch.checks.rules.aliases._discarding import throws_away
from retorch.lines import UNKNOWN, Site, site_of, user_frame, user_site

# What people take for a part of a tensor, or for the tensor itself, and is a copy at times.
_SELECTING = {"__getitem__", "index_select", "masked_select", "gather", "take", "take_along_dim"}
_CONVERTING = {
    "to", "float", "double", "half", "bfloat16", "int", "long", "short", "byte", "char", "bool", "type", "type_as",
    "cpu", "cuda", "contiguous", "reshape", "flatten", "ravel",
}  # fmt: skip
_MOST_OPEN = 16


@dataclass(eq=False)
class _Copy:
    """A copy that an operation made, and all views of it; by weak references.

    Attributes:
        block: the memory of the copy.
        source: the memory that was copied.
        how: the call that copied.
        index: by what, as something to compare.
        shape: of what was copied.
        views: each tensor that shows the copy.
        site: where it was written by a call whose result is thrown away; None so far.
        function: that call.
    """

    block: int
    source: Storage
    how: str
    index: str
    shape: tuple[int, ...]
    views: list[ReferenceType[Tensor]] = field(default_factory=list)
    site: Site | None = None
    function: str = ""

    @property
    def is_gone(self) -> bool:
        return all(view() is None for view in self.views)

    def is_of_same(self, other: _Copy) -> bool:
        """Tell whether another one was made of the same tensor by the same line."""
        return (self.site, self.source.block) == (other.site, other.source.block)

    def is_again(self, other: _Copy | None) -> bool:
        """Tell whether another one was made in the same way too, as where an operation is timed."""
        return other is not None and self.is_of_same(other) and self.index == other.index


class WriteIntoATemporary(Rule):
    """A write in place goes into a copy that nobody keeps, so that it changes nothing.

    Why it matters: an index by a list, an index tensor or a mask makes a copy, and so does `to` another dtype or
    device. `x[mask].zero_()` fills the copy with zeros and throws it away; `x` is what it was, and nothing complains.

    When it is fine: never; the write has no effect, and the tensor that was copied is read afterwards as if it had. A
    slice, a number or `to` the same dtype gives a view or the tensor itself, and nothing is said, nor where only the
    copying is tried or timed.

    Wrong: `x[mask].mul_(2)`, `x[rows][0] = 1`, `x.to(torch.float64).zero_()`.

    Right: `x[mask] *= 2`, `x[rows[0]] = 1`, `x.zero_()`: Python turns an assignment to `x[...]` into a write into x.

    Reported: https://github.com/pytorch/pytorch/issues/2599, https://github.com/pytorch/pytorch/issues/32579
    """

    name = "write-into-a-temporary"
    grade = "error"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._copies: list[_Copy] = []
        self._lost: list[_Copy] = []
        self._last_lost: _Copy | None = None
        self._is_alone = False  # nothing else was done since the last one was lost
        self._tried: set[Site | None] = set()
        self._repeated: set[Site | None] = set()
        self._written: set[int] = set()
        # Who reads a copy while nothing is watched is not seen.
        scene.attention.on_change(self._forget)

    @sees(Written)
    def note(self, seen: Written) -> None:
        """Note what the call that is done just now has written."""
        block = block_of(seen.tensor) if self._copies else None
        if block is not None:
            self._written.add(block)

    @sees(OperationDone)
    def follow(self, seen: OperationDone) -> Iterator[Finding]:
        """Follow each copy to its end, or to where somebody reads it; then wait for who reads what was copied."""
        used = {block_of(tensor) for tensor in tensors_among(seen.args, seen.kwargs)}
        if not used:
            return
        self._lose()
        if self._lost:
            yield from self._judge(used)
        made = block_of(seen.result) if isinstance(seen.result, Tensor) else None
        self._let_go(used)
        known = [copy for copy in self._copies if copy.block in used]
        for copy in known:
            if copy.block in self._written:
                self._take_write(copy, seen)
            elif copy.block != made and not (copy.site is None and seen.function.__name__ in _SELECTING):
                self._copies.remove(copy)  # somebody has read it
            if copy.block == made:
                copy.views.append(WeakIdRef(seen.result))
        self._written.clear()
        if made is not None and made not in used and seen.args and isinstance(seen.args[0], Tensor):
            self._open(seen, made)
        elif not known:
            self._is_alone = False

    @sees(Ended)
    def judge_rest(self, seen: Ended) -> Iterator[Finding]:  # noqa: ARG002
        """Judge lost copies of what is still there, and was perhaps read while nothing was watched."""
        self._lose()
        for copy in self._lost:
            if copy.site is not None and copy.site not in self._tried and not copy.source.is_gone:
                yield self._found(copy, copy.site, "")

    @sees(ModuleBegins, StepBegins)
    def let_go(self, seen: ModuleBegins | StepBegins) -> None:  # noqa: ARG002
        """Tell copies that are gone from those that are kept, also when no call of torch follows."""
        if self._copies:
            self._lose()
            self._let_go(used=set())

    def _forget(self) -> bool:
        self._copies = []
        return True

    def _let_go(self, used: set[int | None]) -> None:
        """Forget a copy that was written and is neither gone nor used on: somebody keeps it."""
        self._copies = [copy for copy in self._copies if copy.site is None or copy.block in used]

    def _open(self, seen: OperationDone, block: int) -> None:
        how, source = seen.function.__name__, seen.args[0]
        memory = storage_of(source) if how in _SELECTING or how in _CONVERTING else None
        if memory is None:
            self._is_alone = False
            return
        known = [copy for copy in self._copies if copy.block != block]  # memory of one that is gone is used again
        index = comparable(seen.args[1:])
        copy = _Copy(block, memory, how, index, tuple(source.shape), [WeakIdRef(seen.result)])
        self._copies = [*known[-_MOST_OPEN:], copy]

    def _take_write(self, copy: _Copy, seen: OperationDone) -> None:
        frame = user_frame()
        if throws_away(frame):
            copy.site, copy.function = site_of(frame), seen.function.__name__
        else:
            self._copies.remove(copy)

    def _lose(self) -> None:
        """Find the copies that are gone; those that were written before are lost."""
        gone = [copy for copy in self._copies if copy.is_gone]
        if not gone:
            return
        self._copies = [copy for copy in self._copies if copy not in gone]
        for copy in gone:
            if copy.site is not None:
                if self._is_alone and copy.is_again(self._last_lost):
                    self._tried.add(copy.site)
                if not self._is_alone and any(copy.is_of_same(other) for other in self._lost):
                    self._repeated.add(copy.site)
                self._last_lost, self._is_alone = copy, True
                if all(copy.site != other.site for other in self._lost):
                    self._lost = [*self._lost[-_MOST_OPEN:], copy]

    def _judge(self, used: set[int | None]) -> Iterator[Finding]:
        """Judge what is lost again step by step, and what of a tensor that is read just now, at another line."""
        self._lost = [copy for copy in self._lost if not copy.source.is_gone]
        suspects = [copy for copy in self._lost if copy.source.block in used or copy.site in self._repeated]
        place = user_site() if suspects else UNKNOWN
        for copy in suspects:
            if copy.site is not None and copy.site not in self._tried:
                if copy.site in self._repeated:
                    yield self._found(copy, copy.site, "")
                elif (copy.site.file, copy.site.line) != (place.file, place.line):
                    yield self._found(copy, copy.site, f"; the tensor itself is read at {place.place}")
                else:
                    continue
                self._lost.remove(copy)

    def _found(self, copy: _Copy, site: Site, read: str) -> Finding:
        by = "indexing by a list, tensor or mask" if copy.how == "__getitem__" else f"`{copy.how}`"
        what = "assignment to an item" if copy.function == "__setitem__" else f"`{copy.function}`"
        remedy = (
            "assign through one index: x[mask] *= 2, x[rows[0]] = 1"
            if copy.how in _SELECTING
            else "write into the tensor itself, or keep the result: x = x.to(...).mul_(2)"
        )
        return self.finding(
            site,
            "this writes into a copy that is thrown away at once, so nothing changes",
            evidence=f"{by} gave a copy out of a tensor {copy.shape}; the {what} wrote into the copy, and nothing "
            f"read it{read}",
            remedy=remedy,
        )
