"""`Follower`: compares a run with a recorded one while it goes on, and ends it at the first difference."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from retorch.events import Observer, ObserverHub, RunStarted, StateRecorded, StepRecorded
from retorch.recorder import DirectionDone
from retorch.runs import (
    COLUMNS,
    RecordedState,
    StepEntries,
    read_entries,
    read_info,
    read_record_facts,
    read_states,
)

_STEPS_AT_ONCE = 512
# What is told without fingerprints of tensors, whose kinds cannot be compared with each other.
_ALWAYS_COMPARABLE = ("samples", "key")
_PLACE = "place"


class Follower(Observer):
    """Watches a run from inside its process.

    Each step's entry and each state is compared with the recorded one as soon as it is made. What only one of the two
    recorded is no difference. States at checkpoints are left to whoever compares the two records in the end: they fall
    due by the clock, within or after the same step.

    Args:
        reference: the folder of the recorded run. It may go on meanwhile.
    """

    essential: ClassVar[bool] = True

    def __init__(self, reference: str) -> None:
        self._reference = Path(reference)
        self._entries = StepEntries(0, np.zeros((0, len(COLUMNS)), np.uint64))
        self._states: dict[tuple[int, str, int], RecordedState] = {}
        self._states_from = self._states_end = 0
        self._columns = [COLUMNS.index(name) for name in COLUMNS if name != _PLACE]
        self._alike = True

    def attach(self, hub: ObserverHub) -> None:
        """Listen."""
        hub.on(RunStarted, self._started)
        hub.on(StepRecorded, self._step_recorded)
        hub.on(StateRecorded, self._state_recorded)

    def _started(self, event: RunStarted) -> None:
        assert event.state.path is not None
        recorded, own = read_record_facts(self._reference), read_record_facts(event.state.path)
        self._alike = recorded.algorithm == own.algorithm
        if not self._alike:
            self._columns = [COLUMNS.index(name) for name in _ALWAYS_COMPARABLE]

    def _step_recorded(self, event: StepRecorded) -> None:
        recorded = self._entry(event.step)
        if recorded is None:
            if event.step and read_info(self._reference).status == "finished":
                raise DirectionDone  # beyond the last step of a whole run
            return
        pairs = ((recorded[column], event.entry[column]) for column in self._columns)
        if any(there and here and there != here for there, here in pairs):
            raise DirectionDone

    def _state_recorded(self, event: StateRecorded) -> None:
        if not self._alike or event.stage == "checkpoint":
            return
        recorded = self._state(event)
        if recorded is None:
            return
        here = np.frombuffer(event.words, "<u8")
        if recorded.names == event.names:
            differs = bool((recorded.fingerprints != here).any())
        else:
            there = recorded.by_name()
            differs = any(there.get(name, word) != word for name, word in zip(event.names, here.tolist(), strict=True))
        if differs:
            raise DirectionDone

    def _entry(self, step: int) -> list[int] | None:
        entries = self._entries
        if not entries.first <= step < entries.first + len(entries.words):
            entries = self._entries = read_entries(self._reference, step, step + _STEPS_AT_ONCE)
        at = step - entries.first
        return entries.words[at].tolist() if 0 <= at < len(entries.words) else None

    def _state(self, event: StateRecorded) -> RecordedState | None:
        if not self._states_from <= event.step < self._states_end:
            self._states_from, self._states_end = event.step, event.step + _STEPS_AT_ONCE
            read = read_states(self._reference, self._states_from, self._states_end)
            self._states = {(state.step, state.stage, state.number): state for state in read}
        return self._states.get((event.step, event.stage, event.number))
