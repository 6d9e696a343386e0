"""`Follower`: what two rules have in common that look for a `state_dict()` which was kept and is not a copy."""

from __future__ import annotations

import gc
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from weakref import WeakSet

from torch import Tensor, nn
from torch.optim import Optimizer

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended, FileSaved, StateBegins, StateLoaded, StateTaken, StepDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import times
from retorch.checks.rules.aliases._kept_states import KeptState, KeptStates, changed_since, is_itself, parameters_of

_SNAPSHOTS = 3  # of `best = model.state_dict()` two are alive for a moment: the new one and the one before


@dataclass
class _Line:
    """A line that takes states: what became of them."""

    taken: int = 0
    unused: int | None = None  # the step at which the last one was taken, until it is used at that step
    keeps_over_steps: bool = False
    # Used after more steps: by the taking's number, the steps at which it was.
    late: dict[int, set[int]] = field(default_factory=dict)
    finding: Finding | None = None

    def is_live_on_purpose(self) -> bool:
        """Tell whether each state stands for the newest values: one is used again and again, or each of several once.

        So does a checkpoint dictionary that is built at the beginning and written after each epoch.
        """
        return any(len(steps) > 1 for steps in self.late.values()) or 1 < len(self.late) == self.taken


class Follower(Rule):
    """Follows the states of one kind of owner, from where they are taken to where they are used.

    Attributes:
        kind: whose states.
        message: what is wrong with a state that was kept.
        remedy: how to take it.
    """

    kind: ClassVar[type[nn.Module | Optimizer]]
    message: ClassVar[str]
    remedy: ClassVar[str]

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._states = KeptStates()
        self._stepped: WeakSet[Optimizer] = WeakSet()
        self._used_in_time: WeakSet[KeptState] = WeakSet()
        self._lines: dict[str, _Line] = {}

    @abstractmethod
    def leads_nowhere(self, seen: StateBegins, kept: KeptState) -> bool:
        """Tell whether a state that is loaded is what its owner has already."""

    @sees(StepDone)
    def follow(self, seen: StepDone) -> None:
        """Take note of what an optimizer has changed."""
        self._stepped.add(seen.optimizer)
        self._states.stepped(seen.optimizer)

    @sees(StateTaken)
    def remember(self, seen: StateTaken) -> Iterator[Finding]:
        """Remember what was given out; judge when what was given out here before is kept beside it."""
        owner = seen.owner
        if isinstance(owner, self.kind):
            trained = isinstance(owner, Optimizer) or self._has_trained(owner)
            kept = self._states.add(seen.state, seen.site, self.scene.step, owner, trained=trained)
            line = self._lines.setdefault(kept.site.place, _Line())
            line.taken += 1
            line.keeps_over_steps |= line.unused not in (None, kept.step)
            line.unused = kept.step
            yield from self._judge_snapshots(kept)

    @sees(StateBegins)
    def judge_loading(self, seen: StateBegins) -> Iterator[Finding]:
        """Judge what is loaded."""
        if not isinstance(seen.owner, self.kind):
            return
        for kept, tensors in self._states.of(seen.state).items():
            changed = self._changed(kept, tensors)
            if self.leads_nowhere(seen, kept):
                if self._was_meant_to_lead_back(kept):
                    yield self._found(kept, changed, f"loaded back at {seen.site.place}, which does nothing")
            elif changed:
                self._use_late(kept, changed, f"loaded at {seen.site.place}")

    @sees(StateLoaded)
    def follow_load(self, seen: StateLoaded) -> None:
        """Take note that states which were put aside show other values from now on."""
        if isinstance(seen.owner, nn.Module) and not is_itself(seen.owner, seen.state):
            for kept in self._states.of_owner(seen.owner):
                kept.follow()

    @sees(FileSaved)
    def judge_saving(self, seen: FileSaved) -> None:
        """Judge what is saved, also inside of a dictionary."""
        for kept, tensors in self._states.of(seen.value).items():
            changed = self._changed(kept, tensors)
            if changed:
                self._use_late(kept, changed, f"saved at {seen.site.place}")

    @sees(Ended)
    def judge_lines(self, seen: Ended) -> Iterator[Finding]:  # noqa: ARG002
        """Judge the lines whose states were used late."""
        for line in self._lines.values():
            if line.finding is not None and not line.is_live_on_purpose():
                yield line.finding

    def _judge_snapshots(self, newest: KeptState) -> Iterator[Finding]:
        """Several of one owner that are kept at once, and were not used when they were new, were meant to differ."""
        snapshots = self._snapshots(newest)
        if len(snapshots) >= _SNAPSHOTS:
            gc.collect()  # what only a cycle holds is not kept
            snapshots = self._snapshots(newest)
        if len(snapshots) >= _SNAPSHOTS:
            steps = sorted({kept.step for kept in snapshots})
            yield self.finding(
                newest.site,
                "these snapshots are no copies: all of them are the live values",
                evidence=f"{len(snapshots)} are kept, taken after {', '.join(map(str, steps[:5]))} steps, and all "
                "share one memory",
                remedy=self.remedy,
            )

    def _snapshots(self, newest: KeptState) -> list[KeptState]:
        """Return those that were given out at the same line as a state and show other values than when they were."""
        owner = newest.owner()
        there = self._states.at(newest.site, owner) if owner is not None else []
        unused = {tuple(kept.versions.values()): kept for kept in there if kept not in self._used_in_time}
        return list(unused.values())

    def _has_trained(self, owner: nn.Module) -> bool:
        mine = {id(parameter) for parameter in owner.parameters()}
        return any(id(parameter) in mine for optimizer in self._stepped for parameter in parameters_of(optimizer))

    def _changed(self, kept: KeptState, tensors: Mapping[str, Tensor]) -> list[str]:
        changed = changed_since(kept, tensors)
        if kept.step == self.scene.step:
            self._lines[kept.site.place].unused = None
        if not changed:
            self._used_in_time.add(kept)
        return changed

    def _was_meant_to_lead_back(self, kept: KeptState) -> bool:
        """Tell whether a state was kept while training went on; the last of several is the newest only by chance.

        One that the user has written in place himself since then, as averaging and pruning do it, is not.
        """
        is_late = kept.followed or self._lines[kept.site.place].keeps_over_steps
        return is_late and kept.is_as_followed

    def _use_late(self, kept: KeptState, changed: list[str], used: str) -> None:
        if kept.trained and kept.followed and kept.step != self.scene.step:
            line = self._lines[kept.site.place]
            line.late.setdefault(kept.step, set()).add(self.scene.step)
            line.finding = line.finding or self._found(kept, changed, used)

    def _found(self, kept: KeptState, changed: list[str], used: str) -> Finding:
        written = ""
        if changed:
            count = f"{len(changed)} of {times(len(kept.versions), 'tensor')}"
            written = f'; in between the training wrote {count}, "{changed[0]}" among them'
        return self.finding(
            kept.site,
            self.message,
            evidence=f"taken after {times(kept.step, 'step')}; after {times(self.scene.step, 'step')} {used}{written}",
            remedy=self.remedy,
        )
