"""`recording`: the record of a loop that uses nothing else of retorch's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from retorch.errors import RunFolderError, RunMismatch, UsageError
from retorch.events import (
    Hub,
    Observer,
    RunEnded,
    RunStarted,
    State,
    StepEnded,
    StepStarted,
    ValidationEnded,
    ValidationStarted,
)
from retorch.fingerprints import generators_fingerprint
from retorch.recorder._direction import DirectionDone, directed
from retorch.recorder._environment import record_environment
from retorch.recorder._level import Level, level_of
from retorch.recorder._recorder import Ending, Recorder
from retorch.recorder._sources import record_sources
from retorch.recorder._witness import Witness
from retorch.runs import RunFolder, RunInfo

# Between two validations whose weights are written down lie at least so many steps.
_VALIDATION_STEPS = 10


@contextmanager
def recording(
    path: str | Path,
    model: nn.Module,
    optimizer: Optimizer,
    *,
    record: Level | None = None,
    record_every: int = 500,
    config: Mapping[str, Any] | None = None,
    observers: Sequence[Observer] = (),
    **parts: Any,
) -> Iterator[Recording]:
    """Record what happens to a model and its optimizer inside a `with`, so that `retorch diff` can compare two runs.

    The loop inside stays as it is. A step ends with `optimizer.step()`; what the model is called with, with gradients,
    is the step's batch; a loss is what `backward` is called on; calls without gradients between two steps are a
    validation. Labels that go to the criterion alone are seen in the loss only. Nothing that the loop computes
    changes by a bit, and nothing can be resumed: for that, see `retorch.Run`.

    Args:
        path: the run folder; new or empty, because such a loop always begins at its start.
        model: the module that the loop calls.
        optimizer: the one whose step ends a step of the loop.
        record: "light" (each step), "full" (also activations, gradients and parameters), "off"; None is "light".
        record_every: parameters, buffers and optimizer state are recorded each time so many steps are done.
        config: JSON values to keep with the run: hyperparameters, say.
        observers: what watches the run.
        parts: more named things to record: other modules, optimizers, schedulers.

    Yields:
        A `Recording`, with the number of the step and `log`.

    Raises:
        UsageError: the model is no module, or the optimizer none.
        RunMismatch: the folder holds a record already.
        RunBusy: another process works in it.

    >>> import tempfile
    >>> model = nn.Linear(2, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> with recording(tempfile.mkdtemp(), model, optimizer) as run:
    ...     for _ in range(3):
    ...         optimizer.zero_grad()
    ...         model(torch.ones(4, 2)).mean().backward()
    ...         optimizer.step()
    >>> run.step
    3
    """
    if not isinstance(model, nn.Module) or not isinstance(optimizer, Optimizer):
        raise UsageError(
            f"recording(path, model, optimizer) was given a {type(model).__name__} and a {type(optimizer).__name__}; "
            f"give the module that the loop calls and the optimizer whose step() ends its steps"
        )
    level = level_of(record)
    place, direction = directed(Path(path))
    if direction is not None:
        level, observers = direction.level or level, (*observers, *direction.observers)
    carried = {"model": model, "optimizer": optimizer, **parts}
    with _opened(place, config) as folder:
        record_environment(folder, Path(path).absolute(), texts=level != "off")
        if level != "off":
            record_sources(folder)
        run = Recording(
            folder, carried, level=level, every=record_every, observers=tuple(observers),
            stop_after=None if direction is None else direction.stop_after,
        )  # fmt: skip
        ending: Ending = "failed"
        try:
            run._begin()  # noqa: SLF001 - one file, two faces of one thing
            yield run
            ending = "finished"
        except DirectionDone:
            ending = "stopped"
            raise
        finally:
            run._end(ending)  # noqa: SLF001


class Recording:
    """A loop that is being recorded; made by `recording`."""

    def __init__(
        self, folder: RunFolder, parts: dict[str, Any], *,
        level: Level, every: int, observers: tuple[Observer, ...], stop_after: int | None,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._parts = parts
        self._hub = Hub(observers)
        self._now = State(folder.path, folder.info.seed)
        self._recorder = Recorder(folder)
        self._stop_after = stop_after
        self._witness = (
            None if level == "off" else Witness(self._recorder, self._hub, self._now, level=level, every=every)
        )
        self._in_step = False
        self._validating: Any = None
        self._validated_at = -_VALIDATION_STEPS
        self._key = 0
        self._handles: list[Any] = []

    @property
    def path(self) -> Path:
        """The run folder."""
        return self._folder.path

    @property
    def step(self) -> int:
        """How many steps are complete."""
        return self._now.step

    def log(self, **values: Any) -> None:
        """Record numbers or tensors of one element under their names; nothing waits for them.

        They belong to the step that goes on, and behind `optimizer.step()` to the one that it has ended.
        """
        step = self.step if self._in_step else max(self.step - 1, 0)
        self._recorder.log(values, step=step, epoch=0, phase="train")
        if self._witness is not None:
            self._witness.note_values(values)

    def _begin(self) -> None:
        self._recorder.start_session(0)
        model, optimizer = self._parts["model"], self._parts["optimizer"]
        # First of all hooks, so that what the model gets is seen before anybody changes it.
        self._handles = [
            model.register_forward_pre_hook(self._called, prepend=True, with_kwargs=True),
        ]
        if self._witness is not None:
            self._witness.begin(self._parts, step=0, epoch=0, fresh=True)
        # After the hooks of the witness, which look at the step that this one ends.
        self._handles.append(optimizer.register_step_post_hook(self._stepped))
        self._hub.emit(RunStarted(self._now, self._parts))

    def _end(self, ending: Ending) -> None:
        for handle in self._handles:
            handle.remove()
        self._leave_validation()
        self._hub.emit(RunEnded(self._now, ending))
        if self._witness is not None:
            if ending == "finished":
                self._witness.checkpoint(self.step, 0, 0)
            self._witness.end()
        with suppress(RunFolderError):
            if self._witness is not None:
                record_sources(self._folder)  # with the modules that were imported on the way
        self._recorder.end_session(ending)
        self._recorder.close()
        with suppress(RunFolderError):
            self._folder.update(status="finished" if ending == "finished" else "stopped", result={"steps": self.step})

    def _called(self, model: nn.Module, args: Any, kwargs: Any) -> None:  # noqa: ARG002
        if torch.compiler.is_compiling():
            return
        if not torch.is_grad_enabled():
            if not self._in_step:
                self._enter_validation()
            return
        if not self._in_step:
            self._open_step(args, kwargs)
        elif self._witness is not None:
            self._witness.add_batch((args, kwargs))

    def _open_step(self, args: Any, kwargs: Any) -> None:
        self._leave_validation()
        self._in_step = True
        self._hub.emit(StepStarted(self._now, args))
        if self._witness is not None:
            self._key = generators_fingerprint()
            self._witness.open_step((*args, kwargs) if kwargs else args, [None], self.step, 0)

    def _stepped(self, *_: Any) -> None:
        if not self._in_step and self._witness is not None:
            self._open_step((), {})  # a step without a call of the model: its parameters are used in another way
        self._in_step = False
        step = self._now.step
        if self._witness is not None:
            self._witness.close_step(step, 0, 0, self._key)
        self._now.step = step + 1
        self._hub.emit(StepEnded(self._now, {}))
        if self._stop_after is not None and self._now.step >= self._stop_after:
            raise DirectionDone

    def _enter_validation(self) -> None:
        # A teacher that is asked in every step looks like a validation, too, and must not cost like one.
        if self._validating is not None or self.step - self._validated_at < _VALIDATION_STEPS or not self.step:
            return
        self._validated_at = self.step
        self._hub.emit(ValidationStarted(self._now))
        self._validating = None if self._witness is None else self._witness.validating(self.step, 0)
        if self._validating is not None:
            self._validating.__enter__()

    def _leave_validation(self) -> None:
        validating, self._validating = self._validating, None
        if validating is not None:
            validating.__exit__(None, None, None)
            self._hub.emit(ValidationEnded(self._now, {}))


@contextmanager
def _opened(path: Path, config: Mapping[str, Any] | None) -> Iterator[RunFolder]:
    info = RunInfo.new(seed=torch.initial_seed() % 2**32, threads=torch.get_num_threads(), config=config)
    with RunFolder.create_or_open(path, info) as folder:
        if not folder.is_new:
            raise RunMismatch(
                f"{folder.path} holds a run already, and a loop inside recording(...) begins at its start each time. "
                f"Give it another folder, or move that one away"
            )
        yield folder
