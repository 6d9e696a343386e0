"""`Checker`: opens the probes that its rules need, hands round what they tell, and collects findings."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self, TypeAlias
from weakref import WeakSet

from torch._C import DisableTorchFunction, _len_torch_dispatch_stack
from torch.utils._python_dispatch import _disable_current_modes

from retorch.checks._failing import tell_failure
from retorch.checks._findings import Findings
from retorch.checks._observations import Began, Ended, Observation
from retorch.checks._rule import LookAt, Rule
from retorch.checks._scene import Scene
from retorch.checks.probes import PROBES, Probe
from retorch.errors import notice

_Look: TypeAlias = tuple[Rule, Callable[[Any], Any]]
_Table: TypeAlias = dict[type[Observation], tuple[_Look, ...]]


class Checker:
    """Watches the code that runs between `open` and `close`, or inside a `with`, in the thread that opened it.

    A rule or a probe that fails is switched off with one notice; the user's code never sees it.
    """

    def __init__(self, rules: Iterable[type[Rule]], findings: Findings, *, steps: int) -> None:
        self.scene = Scene(steps)
        self.findings = findings
        self._followed = self.scene.follows
        # Who looks at what, by how closely one looks; each table is a part of the one before.
        self._closely: _Table = {}
        self._awake: _Table = {}
        self._resting: _Table = {}
        self._looks = self._awake
        self._resters: list[Rule] = []
        self._found_by: set[str] = set()
        for rule in rules:
            self._take_in(rule)
        self._probes: list[Probe] = []

    def open(self) -> None:
        """Begin to watch, in this thread."""
        self.scene.attention.on_change(self._choose)
        self.scene.attention.may_rest = self._may_rest
        self.scene.give_up = self._give_up
        self.scene.arrive()
        _OPEN.add(self)
        wanted = self.scene.follows | self._closely.keys()
        self.emit(Began())
        for probe in (kind(self.emit, self.scene) for kind in PROBES if kind.tells & wanted):
            self._probes.append(probe)
            try:
                probe.open()
            except Exception as error:  # noqa: BLE001 - the checker's own failure must not reach the user's code
                probe.switch_off(error)

    def close(self) -> None:
        """Say what only the whole shows, and put everything back as it was."""
        try:
            self.emit(Ended())
        finally:
            self.findings.steps = self.scene.step
            while self._probes:
                self._probes.pop().close()
            self.scene.leave()
            _OPEN.discard(self)

    @property
    def is_open(self) -> bool:
        """Whether it watches."""
        return self in _OPEN

    def __enter__(self) -> Self:
        try:
            self.open()
        except BaseException:  # Ctrl-C on the way
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def emit(self, observation: Observation) -> None:
        """Hand an observation round."""
        # What a rule itself sets off (a state_dict that it asks for) is not the user's, also not of a checker round
        # this one.
        if not self.scene.is_here() or _here.looks:
            return
        _here.looks = True
        try:
            # No mode of the user's, of torch or of retorch takes what a rule asks for calls of the user's.
            with DisableTorchFunction():
                kind = type(observation)
                if kind in self._followed:
                    self._follow(observation)
                looks = self._looks.get(kind)
                if looks is None:
                    return
                if _len_torch_dispatch_stack():
                    with _disable_current_modes():
                        self._look(observation, looks)
                else:
                    self._look(observation, looks)
        finally:
            _here.looks = False

    def _take_in(self, kind: type[Rule]) -> None:
        try:
            rule = kind(self.scene)
            for look in rule.looks():
                for table in self._tables_of(rule, look):
                    table[look.kind] = (*table.get(look.kind, ()), (rule, getattr(rule, look.method)))
            if rule.rests:
                self._resters.append(rule)
        except Exception as error:  # noqa: BLE001 - as in `_switch_off`
            tell_failure(f"the check {kind.name!r}", error)

    def _tables_of(self, rule: Rule, look: LookAt) -> list[_Table]:
        tables = [self._closely, self._awake, self._resting]
        if look.closely:
            return tables[:1]
        return tables if look.always or not rule.rests else tables[:2]

    def _choose(self) -> bool:
        """Take the looks that belong to how closely one looks now."""
        attention, before = self.scene.attention, self._looks
        awake = self._awake if attention.single_steps else self._resting
        self._looks = self._closely if attention.operations else awake
        if self._looks is self._resting is not before:
            for rule in self._resters:
                rule.look_away()
        return True

    def _may_rest(self) -> bool:
        found, self._found_by = self._found_by, set()
        return all(rule.name not in found and rule.is_settled() for rule in self._resters)

    def _follow(self, observation: Observation) -> None:
        try:
            self.scene.follow(observation)
        except Exception as error:  # noqa: BLE001 - as in `_switch_off`
            self._closely = self._awake = self._resting = self._looks = {}
            tell_failure("the checker", error)

    def _look(self, observation: Observation, looks: tuple[_Look, ...]) -> None:
        for rule, look in looks:
            try:
                found = look(observation)
                if found is not None:
                    for finding in found:
                        self.findings.add(finding)
                        self._found_by.add(finding.rule)
            except Exception as error:  # noqa: BLE001 - the checker's own failure must not reach the user's code
                self._switch_off(rule, error)

    def _give_up(self, why: str) -> None:
        """End here, and hold no reference to anything of the user's."""
        self._closely = self._awake = self._resting = self._looks = {}
        self._resters = []
        self.scene.forget()
        self.scene.leave()
        notice(f"the checker ends here, and what it has found stands: {why}")

    def _switch_off(self, rule: Rule, error: Exception) -> None:
        self._closely, self._awake, self._resting = (
            _without(rule, table) for table in (self._closely, self._awake, self._resting)
        )
        self._resters = [other for other in self._resters if other is not rule]
        self._choose()
        tell_failure(f"the check {rule.name!r}", error)


def _without(rule: Rule, table: _Table) -> _Table:
    return {kind: tuple(look for look in looks if look[0] is not rule) for kind, looks in table.items()}


class _Here(threading.local):
    """Whether a checker of this thread is looking just now."""

    looks = False


_here = _Here()
_OPEN: WeakSet[Checker] = WeakSet()


def _leave_child() -> None:
    # A forked worker of a data loader computes for the user, and nobody reads there what is found.
    for checker in _OPEN:
        checker.scene.leave()


os.register_at_fork(after_in_child=_leave_child)
