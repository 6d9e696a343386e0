"""A list in which all entries are one tensor, which is then written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from torch import Tensor, nn

from retorch.checks._finding import Finding
from retorch.checks._held import held_by
from retorch.checks._observations import OperationDone, StepDone, Written
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._memory import Place, place_of
from retorch.checks.rules.aliases._lists import filled_at, is_named_at, lists_round
from retorch.lines import site_of, user_frame

_EACH_STEP = 4  # and then only steps 8, 16, 32 ...


class OneTensorManyTimesInAList(Rule):
    """A list holds the same memory several times, and it is written in place.

    Why it matters: `[torch.zeros(3)] * n` is one tensor n times; a write through one entry is seen in all. A buffer
    that is filled anew each step and appended each step leaves a list of its last content; so does
    `history.append(model.weight.detach())`, for `detach()` and `.data` are views.

    When it is fine: where all entries are meant to be one, as with shared weights; a parameter that stands several
    times in a list is not reported, nor a list of the same input several times, unless it is written through the list.

    Wrong: `states = [torch.zeros(8)] * layers`, `states[i] += x`; `outputs.append(buffer)`.

    Right: `[torch.zeros(8) for _ in range(layers)]`; `outputs.append(buffer.clone())`.
    """

    name = "one-tensor-many-times-in-a-list"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._written: set[Place] = set()
        # By list and place: how often the one held the other when it was written last.
        self._held: dict[tuple[int, Place], int] = {}

    @sees(Written)
    def note(self, seen: Written) -> None:
        """Note what the call that is done just now has written, a view of it as the whole."""
        base = seen.tensor._base  # noqa: SLF001
        tensors = (seen.tensor,) if base is None else (seen.tensor, base)
        # Shared weights stand in a list more than once, and are initialised in place.
        if not any(isinstance(tensor, nn.Parameter) for tensor in tensors):
            self._written.update(place for tensor in tensors if (place := place_of(tensor)) is not None)

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:  # noqa: ARG002
        """Judge the lists that hold it."""
        if self._written:
            written, self._written = self._written, set()
            yield from self._judge(written)

    @sees(StepDone)
    def judge_step(self, seen: StepDone) -> Iterator[Finding]:
        """Judge the lists that hold what an optimizer has written, more and more seldom."""
        step = self.scene.step
        if step > _EACH_STEP and step & (step - 1):
            return
        held = held_by(seen.optimizer)
        yield from self._judge({place for parameter in held if (place := place_of(parameter)) is not None})

    def _judge(self, written: set[Place]) -> Iterator[Finding]:
        frame = user_frame()
        for home, holder, held in lists_round(frame):
            entries = [entry for entry in held if isinstance(entry, Tensor)]
            counts = Counter(place for entry in entries if (place := place_of(entry)) in written)
            for place, count in counts.items():
                before = self._held.get((id(held), place), 0)
                self._held[id(held), place] = count
                # Grown between two writes: entries of different moments. All the same from the start: `[x] * n`.
                collected = 1 <= before < count
                repeated = count == len(held) and all(entry is entries[0] for entry in entries)
                repeated = repeated and not isinstance(entries[0], nn.Parameter) and is_named_at(frame, held)
                if count > 1 and (collected or repeated):
                    yield self.finding(
                        filled_at(home, holder, held) or site_of(frame),
                        "the entries of this list are one tensor: each write is seen in all of them",
                        evidence=f"{count} of {len(held)} entries, of shape {place[1]}, are the same memory, which was "
                        f"written at {site_of(frame).place}",
                        remedy="make one for each entry: [torch.zeros(3) for _ in range(n)], .append(buffer.clone())",
                    )
