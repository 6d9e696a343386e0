"""What a run leaves on disk: its folder, its records and its checkpoints, behind one face.

`Keeper` keeps; `NoKeeper` is the same face for a run without a folder.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retorch.checkpoints import Checkpoint, Vault
from retorch.errors import RunFolderError, RunMismatch
from retorch.loop._picture import draw_run
from retorch.loop._position import Position
from retorch.randomness import logical_threads
from retorch.recorder import (
    Ending,
    Recorder,
    data_facts,
    read_number,
    record_data,
    record_environment,
    record_sources,
)
from retorch.runs import RunFolder, RunInfo

# A checkpoint on a schedule may take at most this share of the time between two of them.
_WRITING_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Schedule:
    """When checkpoints fall due and which are kept.

    Attributes:
        seconds: at most this long between two, counted in wall-clock time; None for no such rule. Where writing
            one takes long, the distance grows, so that at most a twentieth of the time goes into writing.
        steps: after every so many steps, exactly; None for no such rule.
        keep_last: how many of the newest to keep.
        keep_every: keep those whose step is a multiple of this, for good; None keeps none for good.
    """

    seconds: float | None = 10.0
    steps: int | None = None
    keep_last: int = 2
    keep_every: int | None = None


class NoKeeper:
    """A run without a folder: nothing is written, and nothing can be continued."""

    path: Path | None = None
    checkpoint: Checkpoint | None = None
    recorder: Recorder | None = None

    def log(self, values: Mapping[str, Any], *, step: int, epoch: int, phase: str) -> None:
        """Check the values, and drop them."""
        del step, epoch, phase
        for name, value in values.items():
            read_number(name, value)

    def due(self, position: Position) -> bool:
        """Nothing ever falls due."""
        del position
        return False

    def save(self, parts: Mapping[str, Any], position: Position, details: Mapping[str, Any], labels: Sequence[str],
             *, wait: bool = False) -> str | None:  # fmt: skip
        """Save nothing."""

    def saved(self, position: Position) -> bool:
        """Say that there is nothing left to save."""
        del position
        return True

    def best(self) -> Path | None:
        """There is no best checkpoint."""

    def note_data(self, name: str, dataset: Any) -> None:
        """Nothing to note it in."""
        del name, dataset

    def arrive(self) -> None:
        """Nothing to begin."""

    def finish(self, result: Mapping[str, Any]) -> None:
        """Nothing to finish."""

    def close(self, ending: Ending = "stopped") -> None:
        """Nothing to close."""


class Keeper(NoKeeper):
    """A run with a folder. Holds its lock until `close`."""

    def __init__(
        self, path: str | Path, wanted: RunInfo, *, threads: int | None, schedule: Schedule,
        named: Path | None = None, texts: bool = True,
    ) -> None:  # fmt: skip
        self._schedule = schedule
        self._named = named
        self._texts = texts
        self._data: dict[str, dict[str, Any]] = {}
        self._folder = RunFolder.create_or_open(path, wanted)
        try:
            _compare(self._folder.path, self._folder.info, wanted, threads)
            self._open_inside()
        except BaseException:
            self._folder.close()
            raise
        self.path = self._folder.path
        self._next_by_time = self._next_by_steps = math.inf
        self._last_saved: str | None = self.checkpoint.name if self.checkpoint else None

    def _open_inside(self) -> None:
        logical_threads(self._folder.info.threads)
        self._vault = Vault(
            self._folder.checkpoints, keep_last=self._schedule.keep_last, keep_every=self._schedule.keep_every
        )
        self.checkpoint = self._vault.newest()
        if self.checkpoint is not None:
            self._vault.thin_out(self.checkpoint)
        record_environment(self._folder, self._named, texts=self._texts)
        self._record_sources()
        self.recorder = self._recorder = Recorder(self._folder)
        at = self.checkpoint.position if self.checkpoint else {"records": 0, "step": 0, "point": 0}
        # A checkpoint of an older version tells of no states: then there are none.
        self._recorder.cut(at["records"], steps=at["step"], states=at.get("states", 0), point=at["point"])

    def arrive(self) -> None:
        """Start the clocks: the loop begins, or goes on."""
        step = int(self.checkpoint.position["step"]) if self.checkpoint else 0
        self.checkpoint = None
        self._recorder.start_session(step)
        self._plan(step)

    def note_data(self, name: str, dataset: Any) -> None:
        """Record what a data set is as it is now; it goes into the folder with the next checkpoint."""
        if self._texts:
            self._data[name] = data_facts(dataset)

    def log(self, values: Mapping[str, Any], *, step: int, epoch: int, phase: str) -> None:
        """Record values; a tensor is copied at once and fetched later."""
        self._recorder.log(values, step=step, epoch=epoch, phase=phase)

    def due(self, position: Position) -> bool:
        """Tell whether a checkpoint falls due here. By steps it is exact; by time it waits for an idle writer."""
        if position.step >= self._next_by_steps:
            return True
        return time.monotonic() >= self._next_by_time and not self._vault.busy

    def save(self, parts: Mapping[str, Any], position: Position, details: Mapping[str, Any], labels: Sequence[str],
             *, wait: bool = False) -> str | None:  # fmt: skip
        """Commit the records, copy the state out of the live tensors, and write it in the background."""
        facts = {**position.to_json(), **details, "records": self._recorder.records, "states": self._recorder.states}
        self._vault.save(
            position.name, parts, position=facts, labels=labels, before_publish=self._commit,
            background=not wait,
        )  # fmt: skip
        if self._folder.info.status != "started":
            self._folder.update(status="started", result=None)  # it went on after it had ended
        self._last_saved = position.name
        self._plan(position.step)
        return position.name

    def saved(self, position: Position) -> bool:
        """Tell whether the newest checkpoint was taken at this position."""
        return self._last_saved == position.name

    def best(self) -> Path | None:
        """Return the folder of the checkpoint labelled best, when there is one."""
        best = self._vault.best()
        return best.path if best else None

    def finish(self, result: Mapping[str, Any]) -> None:
        """Make everything durable, draw the curves and write the result. A run finished before stays as it is."""
        self._vault.wait()
        self._commit()
        info = self._folder.info
        if info.status == "finished" and info.result is not None and info.result["steps"] == result["steps"]:
            return
        draw_run(self._folder)
        self._folder.update(status="finished", result=dict(result))

    def close(self, ending: Ending = "stopped") -> None:
        """Finish writing and give the lock back; calling it again does nothing."""
        try:
            self._vault.close()
        finally:
            with suppress(RunFolderError):
                self._record_sources()  # with the modules that were imported on the way
            if self.checkpoint is None:
                self._note_ending(ending)
            self._recorder.close()
            self._folder.close()

    def _commit(self) -> None:
        # While no checkpoint is being written: calls that change the disk come in one order.
        for name, facts in self._data.items():
            record_data(self._folder, name, facts)
        self._data.clear()
        self._recorder.commit()

    def _record_sources(self) -> None:
        if self._texts:
            record_sources(self._folder)

    def _note_ending(self, ending: Ending) -> None:
        finished = self._folder.info.status == "finished"
        self._recorder.end_session("finished" if finished else ending)
        if not finished:
            # Where this cannot be written (a full disk), the run is listed as killed, and goes on all the same.
            with suppress(RunFolderError, OSError):
                self._folder.update(status="stopped")

    def _plan(self, step: int) -> None:
        seconds, steps = self._schedule.seconds, self._schedule.steps
        if seconds is not None:
            last = self._vault.last_write_seconds or 0.0
            self._next_by_time = time.monotonic() + max(seconds, last / _WRITING_SHARE)
        if steps is not None:
            self._next_by_steps = step - step % steps + steps


def _equal(old: Any, new: Any) -> bool:
    # As text, because NaN does not equal itself.
    return json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)


def _compare(path: Path, found: RunInfo, wanted: RunInfo, threads: int | None) -> None:
    """Refuse to continue a run under settings that would give another run."""
    pairs: dict[str, tuple[Any, Any]] = {"seed": (found.seed, wanted.seed)}
    if threads is not None:
        pairs["threads"] = (found.threads, wanted.threads)
    for group, old, new in (("config", found.config, wanted.config), ("settings", found.settings, wanted.settings)):
        pairs |= {
            name if group == "settings" else f"config {name}": (old.get(name), new.get(name))
            for name in sorted(old.keys() | new.keys())
        }
    different = [
        f"  {name}: {old!r} in the folder, {new!r} now" for name, (old, new) in pairs.items() if not _equal(old, new)
    ]
    if different:
        raise RunMismatch(
            f"{path} holds a run made with other settings:\n" + "\n".join(different) + "\n"
            "Continue it with its own settings, or give another run folder for a new run"
        )
