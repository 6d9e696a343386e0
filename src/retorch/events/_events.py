"""The events of a run, in the order in which they happen.

Values are numbers or 0-d tensors on any device. Reading a tensor waits for its device, so an observer reads
seldom: a progress bar a few times a second, not each step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from retorch.events._state import State

Values = Mapping[str, "float | Tensor"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; `state` says where the run stands and goes on changing after the event."""

    state: State


@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    """The run is ready, before its first step. `parts` are the named things that it carries."""

    parts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EpochStarted(Event):
    """An epoch begins, or goes on after a resume (`state.batch` says where)."""


@dataclass(frozen=True, slots=True)
class StepStarted(Event):
    """A step begins with this batch (a list of micro-batches where gradients are accumulated)."""

    batch: Any


@dataclass(frozen=True, slots=True)
class StepEnded(Event):
    """A step is complete. `values` are the metrics last logged in a step."""

    values: Values


@dataclass(frozen=True, slots=True)
class StepRecorded(Event):
    """The record of a step is made; `entry` holds the numbers of `retorch.runs.COLUMNS`, `step` the step's number.

    Making this event waits for the device, where one computes a fingerprint.
    """

    step: int
    entry: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StateRecorded(Event):
    """Named fingerprints were recorded: see `retorch.runs.RecordedState`. `words` are little-endian uint64.

    Making this event waits for the device, where one computes a fingerprint.
    """

    step: int
    stage: str
    number: int
    names: tuple[str, ...]
    words: bytes


@dataclass(frozen=True, slots=True)
class MetricsLogged(Event):
    """Metrics were recorded. `phase` is "train" inside a step, "validation" or "epoch"."""

    phase: str
    values: Values


@dataclass(frozen=True, slots=True)
class ValidationStarted(Event):
    """A validation begins."""


@dataclass(frozen=True, slots=True)
class ValidationEnded(Event):
    """A validation is over."""

    values: Values


@dataclass(frozen=True, slots=True)
class EpochEnded(Event):
    """An epoch is over. `values` are all metrics of it, validation under `validation.`."""

    values: Values


@dataclass(frozen=True, slots=True)
class CheckpointSaved(Event):
    """A checkpoint was taken; it may still be on its way to the disk."""

    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunEnded(Event):
    """The loop is over: "finished", "stopped early: ...", "interrupted" or "failed: ..."."""

    reason: str
