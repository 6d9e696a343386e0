"""`Recorder`: the metrics of one run, numbered, into its folder."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Literal, Self

from retorch.errors import RunFolderError
from retorch.fingerprints import Later, algorithm_of
from retorch.recorder._buffer import Buffer
from retorch.recorder._entries import Entries, Word
from retorch.recorder._file import MetricsFile
from retorch.recorder._level import Level
from retorch.recorder._pending import Moment, States
from retorch.recorder._rows import WrittenState
from retorch.runs import RunFolder

Ending = Literal["finished", "stopped", "failed"]

_FLUSH_EVERY_S = 2.0
_MOST_WAITING = 1024


class Recorder:
    """Writes what is logged, and what a `Witness` saw, into metrics.sqlite of a run folder.

    A record is one row (step, epoch, phase, name, value), numbered from 0 without gaps. Logging puts it into
    memory; every two seconds it goes into the file, where live readers see it; `commit` makes it survive a power
    loss. One thread may log while another commits.

    Args:
        folder: the run folder, open in this process.

    Raises:
        RunFolderError: the file is damaged, of a newer schema, or cannot be written. Every method raises it when
            the file cannot be written; what was committed before is intact then, and what was not stays in memory.

    >>> import tempfile
    >>> from retorch.runs import RunInfo, read_metrics
    >>> folder = RunFolder.create_or_open(tempfile.mkdtemp(), RunInfo.new(seed=7, threads=1))
    >>> with folder, Recorder(folder) as recorder:
    ...     recorder.log({"loss": 0.5}, step=0, epoch=0, phase="train")
    >>> read_metrics(folder.path)
    [MetricRow(record=0, step=0, epoch=0, phase='train', name='loss', value=0.5)]
    """

    def __init__(self, folder: RunFolder) -> None:
        self._file = MetricsFile(folder.metrics)
        self._buffer = Buffer(self._file.count_records())
        self._entries = Entries(self._file.count_entries())
        self._states = States(self._file.count_states())
        self._writing = threading.Lock()
        self._flush_due = time.monotonic() + _FLUSH_EVERY_S

    @property
    def records(self) -> int:
        """How many records there are, those in memory included."""
        return self._buffer.end

    def log(self, values: Mapping[str, Any], *, step: int, epoch: int, phase: str) -> None:
        """Record numbers. Nothing waits for the device.

        Args:
            values: names to numbers: Python or NumPy scalars or tensors of one element, of any real dtype. A tensor
                is copied at once, so it may be changed afterwards; its graph is not kept.
            step: the step they belong to.
            epoch: the epoch they belong to.
            phase: "train", "validation" or "epoch".

        Raises:
            UsageError: a value is not one real number; none of `values` was recorded.
        """
        self._buffer.add(values, step, epoch, phase)
        if time.monotonic() >= self._flush_due or self._buffer.waiting >= _MOST_WAITING:
            self._flush()

    @property
    def states(self) -> int:
        """How many states there are, those in memory included and those at checkpoints aside."""
        return self._states.end

    def note_record(
        self, *, level: Level, every: int, devices: Iterable[str], step: int, settings: Mapping[str, str] | None = None
    ) -> None:
        """Say how the record is made from a step on.

        Args:
            level: how much is recorded.
            every: steps from one state to the next.
            devices: the types of the devices where tensors lie.
            step: the number of the first step.
            settings: what optimizers and schedulers were made with, by dotted names.
        """
        with self._writing:
            facts = {"level": level, "every": str(every), "algorithm": algorithm_of(devices)}
            if settings is not None and step == 0:
                facts["settings"] = json.dumps(settings)
            self._file.note(**facts)
            # Steps that a session did without a record are missing, and the others keep their numbers.
            self._entries.end = step

    def count_stages(self, step: int) -> dict[str, int]:
        """Count the states of each stage that there are of a moment `step` steps into the run."""
        with self._writing:
            return self._file.count_stages(step)

    def add_entry(self, row: tuple[Word, ...], ids: bytes | None) -> None:
        """Record what the next step was: one number for each of `COLUMNS`, and the samples as `ids_of` gives them."""
        self._entries.add(row, ids)
        if time.monotonic() >= self._flush_due:
            self._flush()

    def add_state(self, moment: Moment, names: tuple[str, ...], fingerprints: list[int | Later]) -> None:
        """Record named fingerprints of one moment."""
        self._states.add(moment, names, fingerprints)

    def newest_state(self) -> WrittenState:
        """Return the state that was just added; waits for a device that still computes it."""
        return self._states.newest()

    def commit(self) -> None:
        """Make every record so far durable: after this returns, a power loss leaves them.

        Reads what still lies on an accelerator, and so waits for it.
        """
        with self._writing:
            self._write(durable=True)

    def cut(self, records: int, *, steps: int, states: int, point: int = 0) -> None:
        """Delete what lies beyond a checkpoint, durably: a resumed run writes it again.

        Args:
            records: the number of the first metric to delete.
            steps: the number of the first step whose entry is deleted.
            states: how many states to keep, those at checkpoints aside.
            point: those at checkpoints are kept up to this safe point after `steps` steps.

        Raises:
            RunFolderError: there are fewer records, so some of the run are lost; nothing was changed.
        """
        with self._writing:
            self._refuse_lost_records(records)
            self._write(durable=False)
            self._file.cut(records, steps, states, point)
            self._buffer.cut(records)
            self._entries, self._states = Entries(self._file.count_entries()), States(self._file.count_states())

    def start_session(self, first_step: int) -> int:
        """Note that this process works on the run from `first_step` on, and return the session's number from 0.

        A session that never ended was killed, and is noted as such.
        """
        with self._writing:
            return self._file.start_session(first_step)

    def end_session(self, ending: Ending) -> None:
        """Commit, and note how this process's work on the run ended."""
        with self._writing:
            self._write(durable=True)
            self._file.end_session(ending)

    def close(self) -> None:
        """Commit and close the file. Closing twice does nothing."""
        with self._writing:
            if self._file.is_closed:
                return
            # The next `log` goes straight to the file and learns there that it is closed.
            self._flush_due = -math.inf
            try:
                self._write(durable=True)
            finally:
                self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _flush(self) -> None:
        # A commit that goes on in another thread writes these rows or leaves them to the next flush: no waiting.
        if not self._writing.acquire(blocking=False):
            return
        try:
            self._write(durable=False)
            self._flush_due = time.monotonic() + _FLUSH_EVERY_S
        finally:
            self._writing.release()

    def _write(self, *, durable: bool) -> None:
        rows = self._buffer.peek()
        chunk, states = self._entries.peek(wait=durable), self._states.peek(wait=durable)
        self._file.append(rows, chunk, states, durable=durable)
        self._buffer.drop(len(rows))
        self._states.drop(len(states))
        if chunk is not None:
            self._entries.drop(chunk.count)

    def _refuse_lost_records(self, records: int) -> None:
        if records > self.records:
            raise RunFolderError(
                f"{self._file.path} holds {self.records} records, and the checkpoint was saved after {records}: "
                f"the file was deleted or replaced by an older one. Put it back, or start afresh in another folder."
            )
