"""The course of a run: what each question of the loop ("the next epoch?", "the next batch?") sets off.

The loop asks, and each question is a *safe point*: everything before it is done, nothing behind it has begun.
There the run can be saved, and there it can go on. A resumed run has a *goal*, the safe point of its checkpoint.
Until the loop arrives there, code runs that ran before the kill as well; the state that it touches is put back on
arrival, and what it logs was recorded already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from retorch.data import Pass, Source
from retorch.errors import CheckpointMismatch, RunInterrupted, RunMismatch, notice
from retorch.events import (
    CheckpointSaved,
    EpochEnded,
    EpochStarted,
    Hub,
    RunEnded,
    RunStarted,
    State,
    StepEnded,
    StepStarted,
)
from retorch.loop._interruption import Interruption
from retorch.loop._keeping import NoKeeper
from retorch.loop._memory import Memory, put_into
from retorch.loop._parts import (
    BUFFERS,
    GRADIENTS,
    OWN,
    PARAMETERS,
    RESULT,
    STATE,
    STRUCTURE,
    capture_buffers,
    capture_gradients,
    capture_loose_parameters,
    capture_structure,
    fitting,
    modules_of,
    restore_buffers,
    restore_gradients,
    restore_loose_parameters,
    restore_structure,
    say_that_they_stepped,
)
from retorch.loop._position import Position, Stage
from retorch.loop._walks import END, Epochs, History, Steps, TrackedSource
from retorch.randomness import keep_keyed, key, seed_streams, was_seeded
from retorch.recorder import DirectionDone, Level, Witness
from retorch.tensors import count_samples

_MOST_LOADERS = 3


@dataclass(frozen=True, slots=True)
class Recording:
    """How much a run records: its level, and the number of steps from one state of everything to the next."""

    level: Level
    every: int


class Course:
    """Moves a run from safe point to safe point; `Run` is its face."""

    def __init__(
        self, keeper: NoKeeper, hub: Hub, parts: dict[str, Any], seed: int, *, record: Recording, stop_after: int | None
    ) -> None:
        self.keeper = keeper
        self.hub = hub
        self.parts = parts
        self._record = record
        self._stop_after = stop_after
        self.witness: Witness | None = None
        self.memory = Memory()
        self.history = History()
        self.interruption = Interruption()
        self.now = State(keeper.path, seed)
        self.labels: set[str] = set()
        self.ended: str | None = None
        self.failed = False
        self._fell_short = False
        self._said: set[str] = set()
        self.in_body = False
        self.evaluations = 0
        self.result: dict[str, Any] = {}
        self.step_values: Mapping[str, Any] = {}
        self.epoch_values: dict[str, Any] = {}
        self.at = Position()
        self.goal: Position | None = Position()
        self._walk: Steps | None = None
        self._in_epoch = False
        self._section = 0
        self._epochs_asked = 0
        self._source_then: Any = None
        self._step_key = 0
        self._loaders = 0

    # Setting out and arriving.

    def begin(self) -> None:
        """Take the checkpoint's position as the goal, and show its state to the code before the loop already."""
        checkpoint = self.keeper.checkpoint
        if checkpoint is None:
            if modules_of(self.parts) and not was_seeded():
                notice(
                    "the model was built from a generator that nobody seeded, so a new run starts from other weights: "
                    "call retorch.seed_everything(seed) before the model is built",
                )
            return
        self.goal = self.at = Position.from_json(checkpoint.position)
        self.now.resumed = True
        self.history.recall(checkpoint.position["passes"])
        self._source_then = checkpoint.position["source"]
        self._show_position()
        self.restore(self.parts, gently=True)

    def restore(self, parts: Mapping[str, Any], *, gently: bool) -> None:
        """Give parts the state of the checkpoint. Gently, what does not fit yet is left for the arrival."""
        checkpoint = self.keeper.checkpoint
        if checkpoint is None:
            return
        structure = checkpoint.state(STRUCTURE)
        if gently:
            parts = fitting(structure, parts)
        try:
            restore_structure(structure, parts)
            extra = checkpoint.restore({**parts, STATE: self.memory})
        except (CheckpointMismatch, RunMismatch):
            if gently:
                return
            raise
        restore_loose_parameters(extra.get(PARAMETERS, {}), parts)
        restore_gradients(extra.get(GRADIENTS, {}), parts)
        restore_buffers(extra.get(BUFFERS, {}), parts)
        put_into(self.result, extra[RESULT])
        forgotten = sorted(set(extra) - set(OWN))
        if forgotten and not gently:
            raise RunMismatch(
                f"the checkpoint {checkpoint.path} carries {', '.join(map(repr, forgotten))}, and this script gave the "
                f"run no part of that name. Give it to Run(...) or run.track(...), or start a new run folder"
            )

    def arrive(self) -> None:
        """Reach the goal: the state is put in place and the run goes on, or begins."""
        self.goal = None
        self.restore(self.parts, gently=False)
        if self.at.step:
            say_that_they_stepped(self.parts)
        resumed = self.keeper.checkpoint is not None
        if resumed:
            self.ended = self.keeper.checkpoint.position["ended"]  # type: ignore[union-attr]
        self.keeper.arrive()
        self.interruption.install()
        keep_keyed(on=True)
        if self.keeper.recorder is not None and self._record.level == "off":
            self.keeper.recorder.note_record(level="off", every=0, devices=(), step=self.at.step)
        elif self.keeper.recorder is not None:
            self.witness = Witness(
                self.keeper.recorder, self.hub, self.now, level=self._record.level, every=self._record.every
            )
            self.witness.begin(self.parts, step=self.at.step, epoch=self.at.epoch, fresh=not resumed)
        if self.hub.wants(RunStarted):
            self.hub.emit(RunStarted(self.now, self.parts))
        if not resumed:
            self.save()

    # The questions of the loop.

    def next_epoch(self, epochs: Epochs) -> int | None:
        """Close what is open, and say which epoch comes next; None ends the walk."""
        if epochs.first is None:
            epochs.first = self._epochs_asked
            self._epochs_asked += epochs.count
        self.now.epochs = self._epochs_asked
        self.leave_walk()
        if self._in_epoch:
            self._close_epoch()
        if self.goal is not None and not self._seek_epoch(self.goal, epochs):
            return None
        if self.goal is None and (self.ended is not None or self.at.epoch >= epochs.end):
            self.finish()
            return None
        return self._open_epoch()

    def next_batch(self, walk: Steps) -> Any:
        """Close the pass that is open, and hand out the next batch, or END."""
        if walk is not self._walk:
            self._enter(walk)
        elif self.in_body:
            self._close_pass()
            self._safe_point()
        batch = END if self.ended is not None else walk.fetch()
        if batch is not END:
            return self._open_pass(walk, batch)
        if self.goal is None and self.ended is None:
            walk.refuse_emptiness()
        self._end_walk()
        return END

    def adopt(self, loader: Any, adopt: Callable[[Any], Source]) -> TrackedSource:
        """Return the source of a loader; at its first sight the data set behind it is recorded."""
        known = self.history.knows(loader)
        source = self.history.adopt(loader, adopt)
        if not known:
            self._loaders += 1
            name = "train" if self._loaders == 1 else f"train {self._loaders}"
            # A loader that is made anew each epoch holds what the first one held.
            if self._loaders <= _MOST_LOADERS:
                self.keeper.note_data(name, getattr(loader, "dataset", loader))
        return source

    def leave_walk(self) -> None:
        """Close a walk that the loop left by `break`. No safe point: code behind the break has run already."""
        if self._walk is None:
            return
        if self.in_body:
            self._close_pass()
        self._forget_walk(finished=False)

    def end(self) -> None:
        """Finish where the loop says so, wherever it stands."""
        self.leave_walk()
        if self.goal is None:
            self.at = replace(self.at, stage=Stage.END, point=self.at.point + 1)
        else:
            self.arrive()
        self.finish()

    def finish(self) -> None:
        """Save the final state, unless it is saved, and mark the run finished."""
        if not self.keeper.saved(self.at) or self.labels:
            self.save(wait=True)
        self.interruption.uninstall()
        reason = self.ended or "finished"
        self.keeper.finish({"reason": reason, "steps": self.at.step, "epochs": self.at.epoch, **self.result})
        keep_keyed(on=False)
        seed_streams(key(self.now.seed, "end", self.at.step))
        self.tell_the_end(reason)
        self._stop_witness()

    def close(self) -> None:
        """Give back what the run holds of the process, and its folder."""
        self.interruption.uninstall()
        keep_keyed(on=False)
        self._stop_witness()
        self.keeper.close("failed" if self.failed else "stopped")
        if self._fell_short and self.goal is not None and not self.failed:
            self._fell_short = False
            notice(
                f"the run stands at {self.goal.describe()}, and the loop ended before it came there: it asked for "
                f"{self._epochs_asked} epochs. Nothing was trained; ask for as many epochs as the whole run has"
            )

    def tell_the_end(self, reason: str) -> None:
        """Tell the observers that the loop is over."""
        if self.hub.wants(RunEnded):
            self.hub.emit(RunEnded(self.now, reason))

    def _stop_witness(self) -> None:
        if self.witness is not None:
            self.witness.end()

    def validation_values(self) -> dict[str, Any]:
        """Return what validation has recorded in this epoch so far."""
        prefix = "validation."
        return {
            name.removeprefix(prefix): value for name, value in self.epoch_values.items() if name.startswith(prefix)
        }

    def save(self, *, wait: bool = False) -> None:
        """Take a checkpoint here, with the labels that were asked for."""
        labels = tuple(sorted(self.labels))
        self.labels.clear()
        details = {
            "ended": self.ended,
            "passes": self.history.to_json(),
            "source": None if self._walk is None else self._walk.source.source.signature(),
        }
        self._warn_of_aliases()
        if self.witness is not None:
            self.witness.checkpoint(self.at.step, self.at.epoch, self.at.point)
        structure = capture_structure(self.parts)
        parts = {**self.parts, STATE: self.memory, RESULT: self.result, STRUCTURE: structure}
        more = {
            GRADIENTS: capture_gradients(self.parts),
            BUFFERS: capture_buffers(self.parts),
            PARAMETERS: capture_loose_parameters(self.parts),
        }
        parts |= {name: tensors for name, tensors in more.items() if tensors}
        name = self.keeper.save(parts, self.at, details, labels, wait=wait)
        if name is not None and self.hub.wants(CheckpointSaved):
            self.hub.emit(CheckpointSaved(self.now, name, labels))

    def _warn_of_aliases(self) -> None:
        for name in self.memory.aliases(self.parts):
            if name not in self._said:
                self._said.add(name)
                notice(
                    f"run.state.{name} shares memory with the model or another part, so it changes with it, and a "
                    f"resume cannot bring that back. Keep a copy: copy.deepcopy(model.state_dict())"
                )

    # Epochs.

    def _seek_epoch(self, goal: Position, epochs: Epochs) -> bool:
        """Move towards the goal; False when this walk over epochs lies wholly before it."""
        assert epochs.first is not None
        if goal.stage is Stage.END:
            return False
        if goal.epoch < epochs.first:
            raise RunMismatch(
                f"the run stands at {goal.describe()}, and the loop passed that place without coming to it. "
                f"The script has changed since; run it as it was, or give a new run folder"
            )
        if goal.epoch > epochs.end or (goal.epoch == epochs.end and goal.stage is not Stage.EPOCH):
            self._fell_short = True
            return False
        if goal.stage is Stage.EPOCH:
            self.arrive()
        return True

    def _open_epoch(self) -> int:
        self._in_epoch = True
        self._section = self.evaluations = 0
        self.epoch_values = {}
        if self.goal is None:
            self.interruption.install()  # given back where an earlier walk over epochs ended
            if self.witness is not None:
                self.witness.go_on()  # likewise
        keep_keyed(on=True)
        seed_streams(key(self.now.seed, "epoch", self.at.epoch))
        self._show_position()
        if self.hub.wants(EpochStarted):
            self.hub.emit(EpochStarted(self.now))
        return self.at.epoch

    def _close_epoch(self) -> None:
        self._in_epoch = False
        if self.goal is not None:
            raise RunMismatch(
                f"the run stands at {self.goal.describe()}, in walk {self.goal.section + 1} over a loader, and the "
                f"epoch ended before. The script has changed since; run it as it was, or give a new run folder"
            )
        if self.hub.wants(EpochEnded):
            self.hub.emit(EpochEnded(self.now, {**self.step_values, **self.epoch_values}))
        self.at = Position(self.at.step, self.at.epoch + 1, point=self.at.point + 1)
        self._show_position()
        self._safe_point()

    # Walks over a loader.

    def _enter(self, walk: Steps) -> None:
        walk.refuse_return()
        self.leave_walk()
        section, self._section = self._section, self._section + 1
        at = Pass(self.at.epoch, section)
        self._walk = walk
        self.history.enter(section, walk.source)
        start = self._seek_walk(section)
        if start is None:
            walk.skip(at)
            return
        self.at = replace(self.at, section=section, batch=start, stage=Stage.STEPS)
        self.now.batches = walk.source.batches()
        self._show_position()
        walk.open(self.now.seed, at, start, walk.source.passes)

    def _seek_walk(self, section: int) -> int | None:
        """Say at which batch a walk begins; None when the goal lies behind it."""
        goal = self.goal
        if goal is None:
            return 0
        if goal.stage is Stage.EPOCH:
            self.arrive()
            return 0
        if goal.stage is Stage.END or section < goal.section or goal.stage is Stage.AFTER:
            return None
        self._compare_source()
        self.arrive()
        return goal.batch

    def _compare_source(self) -> None:
        assert self._walk is not None
        now, then = self._walk.source.source.signature(), self._source_then or {}
        different = [f"  {name}: {then.get(name)!r} at the checkpoint, {now.get(name)!r} now"
                     for name in sorted(now.keys() | then.keys()) if now.get(name) != then.get(name)]  # fmt: skip
        if different:
            raise RunMismatch(
                f"the run stands inside an epoch ({self.at.describe()}, batch {self.at.batch}) of another loader:\n"
                + "\n".join(different)
                + "\nGive it the loader that it had, or a new run folder"
            )

    def _open_pass(self, walk: Steps, batch: Any) -> Any:
        self.in_body = True
        self.evaluations = 0
        self.now.samples = sum(map(count_samples, batch)) if walk.windowed else count_samples(batch)
        self._step_key = key(self.now.seed, "step", self.at.step, 0)
        if self.witness is not None:
            # A window of one is recorded as the batch that it holds, as a loop without windows would have it.
            seen = batch[0] if walk.windowed and len(batch) == 1 else batch
            self.witness.open_step(seen, walk.ids, self.at.step, self.at.epoch)
        if self.hub.wants(StepStarted):
            self.hub.emit(StepStarted(self.now, batch))
        seed_streams(self._step_key)
        return batch

    def _close_pass(self) -> None:
        assert self._walk is not None
        self.in_body = False
        walk, at = self._walk, self.at
        walk.used += walk.taken
        self.at = Position(at.step + 1, at.epoch, at.section, walk.used, Stage.STEPS)
        self.now.step, self.now.batch = self.at.step, walk.used
        if self.witness is not None:
            self.witness.close_step(at.step, at.epoch, (at.epoch << 32) + at.batch, self._step_key)
        if self.hub.wants(StepEnded):
            self.hub.emit(StepEnded(self.now, self.step_values))
        if self._stop_after is not None and self.at.step >= self._stop_after:
            raise DirectionDone

    def _end_walk(self) -> None:
        """The loader is used up, or lies before the goal."""
        assert self._walk is not None
        walk = self._walk
        here = self.goal is not None and self.goal.stage is Stage.AFTER and walk.at.section == self.goal.section
        self._forget_walk(finished=self.ended is None)
        if here:
            self.arrive()
        elif self.goal is None:
            self.at = replace(self.at, point=self.at.point + 1)
        self.evaluations = 0
        seed_streams(key(self.now.seed, "after", walk.at.epoch, walk.at.section))
        if not here and self.goal is None:
            if not self._in_epoch:
                self.labels.add("asked")
            self._safe_point()

    def _forget_walk(self, *, finished: bool) -> None:
        assert self._walk is not None
        walk, self._walk = self._walk, None
        walk.left = True
        if self.goal is None:
            self.history.note(walk, finished=finished)
            self.at = replace(self.at, stage=Stage.AFTER)
        walk.close()

    # Safe points.

    def _safe_point(self) -> None:
        if self.interruption.requested is not None:
            self._save_and_leave(self.interruption.requested)
        if self.labels or self.keeper.due(self.at):
            self.save()

    def _save_and_leave(self, signal_number: int) -> None:
        self.save(wait=True)
        self.tell_the_end("interrupted")
        where = f" in {self.keeper.path}" if self.keeper.path else ""
        raise RunInterrupted(
            f"stopped at {self.at.describe()}, saved{where}; the same command goes on from here", signal_number
        )

    def _show_position(self) -> None:
        self.now.step, self.now.epoch, self.now.batch = self.at.step, self.at.epoch, self.at.batch
