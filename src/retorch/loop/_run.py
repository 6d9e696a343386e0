"""`Run`: a hand-written loop that can be killed at any instant and ends with the same bits."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, Self

import numpy as np
from torch import Tensor, nn

from retorch.data import adopt
from retorch.errors import RunFolderError, RunInterrupted, UsageError
from retorch.events import Hub, MetricsLogged, Observer, ValidationEnded, ValidationStarted
from retorch.loop._advice import check_optimizers
from retorch.loop._course import Course, Recording
from retorch.loop._evaluation import evaluating, generators_kept
from retorch.loop._keeping import Keeper, NoKeeper, Schedule
from retorch.loop._memory import Memory
from retorch.loop._parts import check_part, modules_of
from retorch.loop._position import Stage
from retorch.loop._walks import Epochs, Steps
from retorch.randomness import current_seed, key, logical_threads, seed_streams
from retorch.recorder import DirectionDone, Level, directed, level_of
from retorch.runs import RunInfo, read_record_facts


class Run:
    """A training run in a folder: position, randomness, records and checkpoints round a loop of your own.

    Start the same script again after a kill and the loop goes on where the last checkpoint was taken: `epochs`
    begins at that epoch, `steps` at that batch, and model, optimizer and every other part have the same bits. What
    the loop remembers in Python variables lives in `run.state`, or in any part with `state_dict`.

    A step is one pass of the body of `for batch in run.steps(...)`, complete when the loop asks for the next batch.

    Args:
        path: the run folder, made when missing. None keeps nothing.
        seed: of every random stream, in [0, 2**32). None takes the one given to `seed_everything`.
        model, optimizer, scheduler: the usual parts; any may be missing.
        threads: logical intra-op threads on the CPU, part of the run. None takes what torch has at the first
            start; a resume always pins what was recorded.
        checkpoint_seconds: the time between checkpoints at least, None for none by time.
        checkpoint_steps: a checkpoint after every so many steps, None for none by steps.
        keep_last: how many of the newest checkpoints are kept, besides the best.
        keep_every: checkpoints whose step is a multiple of this are kept for good.
        record: how much is recorded besides the metrics, for `retorch diff`: "light" (each step its batch, the ids of
            its samples, losses, and keys of the random streams), "full" (also activations, gradients and parameters),
            or "off", which keeps no text of the sources with the run either. None is "light", and at a resume what it
            was. The weights are the same bits at each level.
        record_every: parameters, buffers and optimizer state are recorded each time so many steps are done.
        config: JSON values to record and to compare on a resume: hyperparameters, say.
        settings: more such values, which `retorch runs` does not show.
        recipe: the recipe's name or file, recorded for `retorch resume`.
        observers: what watches the run.
        parts: more named things with `state_dict` and `load_state_dict`, or generators, to carry.

    Raises:
        UsageError: a part has no state, a name is taken, a number is out of range.
        RunBusy: another process works in this folder.
        RunMismatch: the folder holds a run made with other settings.
        OptimizerError: an optimizer holds no parameter of the run's modules.

    >>> import torch
    >>> model = torch.nn.Linear(2, 1)
    >>> run = Run(None, seed=7, model=model)
    >>> for epoch in run.epochs(2):
    ...     for inputs in run.steps([torch.zeros(4, 2), torch.ones(4, 2)]):
    ...         run.log(mean=model(inputs).mean())
    >>> run.step
    4
    """

    _evaluating = False

    def __init__(
        self,
        path: str | Path | None,
        *,
        seed: int | None = None,
        model: nn.Module | None = None,
        optimizer: Any = None,
        scheduler: Any = None,
        threads: int | None = None,
        checkpoint_seconds: float | None = 10.0,
        checkpoint_steps: int | None = None,
        keep_last: int = 2,
        keep_every: int | None = None,
        record: Level | None = None,
        record_every: int = 500,
        config: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        recipe: str | None = None,
        observers: Sequence[Observer] = (),
        **parts: Any,
    ) -> None:
        schedule = make_schedule(checkpoint_seconds, checkpoint_steps, keep_last, keep_every)
        level = level_of(record, None if path is None else _recorded_level(path))
        if isinstance(record_every, bool) or not isinstance(record_every, int) or record_every < 1:
            raise UsageError(f"record_every={record_every!r} was asked; give a whole number from 1 on")
        usual = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
        carried = {name: part for name, part in usual.items() if part is not None} | parts
        for name, part in carried.items():
            check_part(name, part)
        check_optimizers(carried)
        seed = _seed(seed)
        direction = named = None
        if path is not None:
            named = Path(path).absolute()
            path, direction = directed(Path(path))
        if direction is not None:
            level, observers = direction.level or level, (*observers, *direction.observers)
        keeper = _keeper(path, threads, schedule, seed=seed, config=config, settings=settings, recipe=recipe,
                         named=named, texts=level != "off")  # fmt: skip
        # At the end of the process the writer is waited for, the records are committed and the lock is given back.
        self._course = Course(
            keeper, Hub(tuple(observers)), carried, seed,
            record=Recording(level, record_every), stop_after=None if direction is None else direction.stop_after,
        )  # fmt: skip
        self._closing = weakref.finalize(self, self._course.close)
        try:
            self._course.begin()
        except BaseException:
            self.close()
            raise

    # What a loop reads.

    @property
    def path(self) -> Path | None:
        """The run folder."""
        return self._course.keeper.path

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return self._course.now.seed

    @property
    def step(self) -> int:
        """Steps completed in the whole run; inside the body, the number of this step, counted from 0."""
        return self._course.at.step

    @property
    def epoch(self) -> int:
        """The current epoch, counted from 0."""
        return self._course.at.epoch

    @property
    def batch(self) -> int:
        """Batches of this walk used before this one. It goes on after a resume; an `enumerate` starts at 0."""
        return self._course.at.batch

    @property
    def resumed(self) -> bool:
        """Whether this process goes on from a checkpoint."""
        return self._course.now.resumed

    @property
    def arrived(self) -> bool:
        """Whether the loop has come to where the run stands: before its first line in a new run."""
        return self._course.goal is None

    @property
    def epoch_begins(self) -> bool:
        """Whether the epoch starts afresh: False where a resume goes on in the midst of it.

        What the code before `run.steps` keeps for the epoch belongs into `run.state`, made only where this is true.
        Where it is false, the parts have the state of the checkpoint already, not that of the epoch's start.
        """
        goal = self._course.goal
        return goal is None or goal.stage is Stage.EPOCH

    @property
    def ended(self) -> str | None:
        """The reason given to `stop`, or None."""
        return self._course.ended

    @property
    def best_checkpoint(self) -> Path | None:
        """The checkpoint labelled best, once it is on the disk; waits for the writer."""
        return self._course.keeper.best()

    @property
    def state(self) -> Memory:
        """What the loop remembers in plain values; carried by every checkpoint."""
        return self._course.memory

    @property
    def result(self) -> dict[str, Any]:
        """JSON values that the finished run shows as its outcome; the loop fills it."""
        return self._course.result

    # What a loop calls.

    def epochs(self, count: int) -> Epochs:
        """Walk over `count` epochs, from the one where the run stands. A second walk counts on from the first."""
        return Epochs(self._course, count)

    def steps(self, loader: Any, *, window: int | None = None) -> Steps:
        """Walk over the batches of a loader once, from the batch where the run stands.

        Args:
            loader: a `retorch.Loader`, any torch `DataLoader`, or any iterable of batches. A map-style DataLoader
                with a standard sampler is taken over: its order and its samples' randomness become functions of
                (seed, epoch, batch). Anything else is replayed at a resume, and a notice says what that costs.
            window: hand out lists of up to so many batches; a step is then one list, as gradient accumulation
                wants it.
        """
        return Steps(self._course, self._course.adopt(loader, adopt), window)

    def micro_batches(self, window: Sequence[Any]) -> Iterator[Any]:
        """Walk over the micro-batches of a window, each with a random stream of its own."""
        for number, batch in enumerate(window):
            if number:
                seed_streams(key(self.seed, "step", self.step, number))
            yield batch

    def log(self, **values: Any) -> None:
        """Record numbers or 0-d tensors under their names, at this step. A tensor is copied; nothing waits for it.

        Inside the body they are recorded as "train", inside `evaluating` as "validation", else as "epoch".
        """
        self.record(values, phase="validation" if self._evaluating else "train" if self._course.in_body else "epoch")

    def record(self, values: Mapping[str, Any], *, phase: str, step: int | None = None) -> None:
        """Record values as `log` does, in a named phase, at this step or another one."""
        course = self._course
        if not self.arrived and self.resumed:
            return  # This code ran before the checkpoint was taken, so its records are there already.
        course.keeper.log(values, step=self.step if step is None else step, epoch=self.epoch, phase=phase)
        # Whoever watches reads them later: a graph must not live until then.
        values = {name: value.detach() if isinstance(value, Tensor) else value for name, value in values.items()}
        if phase == "train":
            course.step_values = values
            if course.witness is not None:
                course.witness.note_values(values)
        else:
            prefix = "validation." if phase == "validation" else ""
            course.epoch_values.update({prefix + name: value for name, value in values.items()})
        if course.hub.wants(MetricsLogged):
            course.hub.emit(MetricsLogged(course.now, phase, values))

    @contextmanager
    def evaluating(self, *models: nn.Module) -> Iterator[None]:
        """Evaluate inside a `with`: eval mode, no gradients, a random stream of its own.

        Args:
            models: the modules to put into eval mode; none means every module of the run.

        Afterwards, exception or not, each module has its own mode back (a backbone frozen in eval mode stays so)
        and every random stream, those of tracked generators too, is where it was.
        """
        course = self._course
        stream = key(self.seed, "validation", self.step, course.evaluations)
        course.evaluations += 1
        outer, self._evaluating = self._evaluating, True
        if course.hub.wants(ValidationStarted):
            course.hub.emit(ValidationStarted(course.now))
        # In the body the step that goes on has been done by the time that anybody validates it.
        done = self.step + course.in_body
        watching = nullcontext() if course.witness is None else course.witness.validating(done, self.epoch)
        try:
            with (
                watching,
                generators_kept(course.parts),
                evaluating(*(models or modules_of(course.parts).values()), key=stream),
            ):
                yield
        finally:
            self._evaluating = outer
        if course.hub.wants(ValidationEnded):
            course.hub.emit(ValidationEnded(course.now, course.validation_values()))

    def note_data(self, **datasets: Any) -> None:
        """Record what data sets are, under their names, so that `retorch diff` can tell other data.

        Type, length, and fingerprints of the tensors and arrays that they hold; no sample is drawn. What `steps` walks
        is noted by itself.
        """
        for name, dataset in datasets.items():
            self._course.keeper.note_data(name, dataset)

    def track(self, **parts: Any) -> None:
        """Carry more named things with `state_dict`, or generators. Before the loop starts."""
        course = self._course
        if course.goal is None:
            raise UsageError("run.track(...) came after the loop had started; track every part before it")
        for name, part in parts.items():
            if name in course.parts:
                raise UsageError(f"the run carries a part {name!r} already; give this one another name")
            check_part(name, part)
        course.parts |= parts
        course.restore(parts, gently=True)

    def rng(self, name: str = "rng") -> np.random.Generator:
        """Make a NumPy generator that is seeded from the run and carried by its checkpoints."""
        generator = np.random.default_rng(key(self.seed, f"generator {name}"))
        self.track(**{name: generator})
        return generator

    def checkpoint(self, label: str = "asked") -> None:
        """Take a checkpoint at the next safe point: when the loop next asks the run for something.

        Args:
            label: such as "best"; the newest checkpoint labelled best is kept.
        """
        if self._course.goal is None:
            self._course.labels.add(label)

    def stop(self, reason: str = "stopped") -> None:
        """End the loop when it next asks for something; the run is then finished, also after a restart."""
        self._course.ended = reason

    def finish(self) -> None:
        """Save the final state and mark the run finished. `epochs` does it at its end."""
        self._course.end()

    def close(self) -> None:
        """Wait for the writer, commit the records and give the folder's lock back. Calling it again does nothing."""
        self._closing()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is not None and not isinstance(error, (RunInterrupted, DirectionDone)):
            self._course.failed = True
            self._course.tell_the_end(f"failed: {type(error).__name__}: {error}")
        self.close()


def make_schedule(seconds: float | None, steps: int | None, keep_last: int, keep_every: int | None) -> Schedule:
    """Check the numbers of a checkpoint schedule."""
    numbers = {"checkpoint_steps": steps, "keep_last": keep_last, "keep_every": keep_every}
    for name, value in numbers.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise UsageError(f"{name}={value!r} was asked; give a whole number from 1 on")
    if seconds is not None and not seconds >= 0:
        raise UsageError(
            f"checkpoint_seconds={seconds!r} was asked; give a number of seconds, or None for none by time"
        )
    return Schedule(seconds, steps, keep_last, keep_every)


def _recorded_level(path: str | Path) -> str | None:
    """Return the level at which a run was recorded so far; None where there is none yet, or it cannot be read."""
    with suppress(RunFolderError):
        facts = read_record_facts(path) if (Path(path) / "run.json").exists() else None
        # A run that was killed before its record began has told no level.
        return facts.level if facts and facts.algorithm else None
    return None


def _seed(seed: int | None) -> int:
    if seed is None:
        seed = current_seed()
    if seed is None:
        raise UsageError(
            "the run has no seed: give Run(..., seed=7), or call retorch.seed_everything(7) before the model is built"
        )
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise UsageError(f"seed={seed!r} was given; a seed is a whole number from 0 to 4294967295")
    return seed


def _keeper(
    path: str | Path | None, threads: int | None, schedule: Schedule, *, named: Path | None, texts: bool, **facts: Any
) -> NoKeeper:
    count = logical_threads(threads)
    if path is None:
        return NoKeeper()
    wanted = RunInfo.new(threads=count, **facts)
    return Keeper(path, wanted, threads=threads, schedule=schedule, named=named, texts=texts)
