"""The progress display: an observer that tells where a run stands."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from rich.console import Console

from retorch.events import (
    CheckpointSaved,
    EpochEnded,
    EpochStarted,
    Event,
    Observer,
    ObserverHub,
    RunEnded,
    RunStarted,
    State,
    StepEnded,
    ValidationEnded,
    ValidationStarted,
    Values,
)
from retorch.loggers._drawing import Moment, epoch_line, short
from retorch.loggers._pace import Pace
from retorch.loggers._screen import REFRESH_SECONDS, Screen, open_screen

E = TypeVar("E", bound=Event)


def progress(console: Console | None = None, *, best: str | None = None) -> Observer:
    """Return an observer that shows the progress of one run.

    On a terminal: a live bar with loss, metrics, speed and the time left, redrawn at most four times a second, and
    one line that stays for each epoch. Elsewhere: the lines only, plain and flushed. Between two refreshes a step
    costs well under a microsecond and no tensor is read, so nothing waits for the device.

    Args:
        console: where to write; stderr by default, so that stdout is left to answers.
        best: the validation metric by which the best checkpoint is kept, to name it when there is a better one.

    >>> observers = [progress()]  # give them to a Run; a Trainer brings its own
    """
    return Progress(open_screen(console), best=best)


class Progress(Observer):
    """Hears the events of a run and keeps a screen up to date."""

    def __init__(
        self, screen: Screen, *, best: str | None = None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._screen = screen
        self._best = best
        self._clock = clock
        self._due_s = 0.0
        self._samples = 0
        self._epoch_start_s = self._validation_start_s = clock()
        self._validation_s = 0.0
        self._values: Values = {}
        self._validation: Values = {}
        self._pace: Pace | None = None

    def attach(self, hub: ObserverHub) -> None:
        """Listen; single steps only where there is a bar to move."""
        hub.on(RunStarted, self._guarded(self._run_started))
        hub.on(EpochStarted, self._guarded(self._epoch_started))
        hub.on(ValidationStarted, self._guarded(self._validation_started))
        hub.on(ValidationEnded, self._guarded(self._validation_ended))
        hub.on(EpochEnded, self._guarded(self._epoch_ended))
        hub.on(CheckpointSaved, self._guarded(self._checkpoint_saved))
        hub.on(RunEnded, self._guarded(self._run_ended))
        if self._screen.redraws:
            self._redraw = self._guarded(self._step_to_show)
            hub.on(StepEnded, self._step_ended)

    def _run_started(self, event: RunStarted) -> None:
        self._pace = Pace(self._clock(), event.state)
        if event.state.resumed and not is_over(event.state):
            self._screen.line(f"resumed at {where(event.state)}")

    def _epoch_started(self, event: EpochStarted) -> None:
        self._epoch_start_s = self._clock()
        self._show_when_due(event.state)

    def _step_ended(self, event: StepEnded) -> None:
        # The hot path: everything else waits until a refresh is due.
        self._samples += event.state.samples
        if self._clock() >= self._due_s:
            self._redraw(event)

    def _step_to_show(self, event: StepEnded) -> None:
        self._values = event.values
        if self._pace is not None:
            self._pace.mark(self._clock(), self._samples)
        self._show(event.state)

    def _validation_started(self, event: ValidationStarted) -> None:
        self._validation_start_s = self._clock()
        if self._screen.redraws and (self._validation_s > REFRESH_SECONDS or self._clock() >= self._due_s):
            self._show(event.state, validating=True)

    def _validation_ended(self, event: ValidationEnded) -> None:
        self._validation = event.values
        self._validation_s = self._clock() - self._validation_start_s
        if self._pace is not None:
            self._pace.pause(self._validation_s)

    def _epoch_ended(self, event: EpochEnded) -> None:
        seconds = self._clock() - self._epoch_start_s
        self._screen.line(epoch_line(event.state.epoch, event.state.epochs, read(event.values), seconds))

    def _checkpoint_saved(self, event: CheckpointSaved) -> None:
        if "best" in event.labels:
            value = self._validation.get(self._best or "")
            self._screen.line("  best so far" if value is None else f"  best {self._best} {short(float(value))}")

    def _run_ended(self, event: RunEnded) -> None:
        self._screen.close()
        if event.reason != "finished":
            reason = event.reason.partition("\n")[0]
            self._screen.line(f"{reason} ({where(event.state)})")

    def _show_when_due(self, state: State) -> None:
        if self._screen.redraws and self._clock() >= self._due_s:
            self._show(state)

    def _show(self, state: State, *, validating: bool = False) -> None:
        now_s = self._clock()
        self._due_s = now_s + REFRESH_SECONDS
        self._screen.show(
            Moment(
                epoch=state.epoch,
                epochs=state.epochs,
                batch=state.batch,
                batches=state.batches,
                values=read(self._values),
                validation=read(self._validation),
                samples_per_s=self._pace.samples_per_s() if self._pace else None,
                left_s=self._pace.left_s(now_s, state) if self._pace else None,
                validating=validating,
            )
        )

    def _guarded(self, handler: Callable[[E], None]) -> Callable[[E], None]:
        """Give the terminal back when the display fails: the hub switches it off and the run goes on."""

        @wraps(handler)
        def call(event: E) -> None:
            try:
                handler(event)
            except SystemExit as left:
                # What rich does when the reader of a console has gone; a training does not end over that.
                self._screen.close()
                raise BrokenPipeError("nobody reads the console any more") from left
            except Exception:
                self._screen.close()
                raise

        return call


def is_over(state: State) -> bool:
    """Tell whether every epoch is done: a finished run that was started again."""
    return state.epochs is not None and state.epoch >= state.epochs


def where(state: State) -> str:
    """Say where a run stands."""
    return f"epoch {state.epoch + 1}, step {state.step}"


def read(values: Values) -> dict[str, float]:
    """Read values as numbers; a tensor on an accelerator is waited for."""
    return {name: float(value) for name, value in values.items()}
