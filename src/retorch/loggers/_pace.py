"""How fast a run goes, and how long it still takes."""

from __future__ import annotations

from collections import deque

from retorch.events import State

# Twenty refreshes are five seconds: long enough to be calm, short enough to follow a change.
WINDOW_REFRESHES = 20


class Pace:
    """Samples per second over the last few seconds of training; the rest of the run from its whole course so far."""

    def __init__(self, now_s: float, state: State) -> None:
        self._start_s = now_s
        self._start_epochs = epochs_done(state)
        self._idle_s = 0.0
        self._marks: deque[tuple[float, int]] = deque(maxlen=WINDOW_REFRESHES)
        self.mark(now_s, 0)

    def mark(self, now_s: float, samples: int) -> None:
        """Remember how many samples were trained on until now."""
        self._marks.append((now_s - self._idle_s, samples))

    def pause(self, seconds: float) -> None:
        """Take out time in which nothing is trained, such as a validation."""
        self._idle_s += seconds

    def samples_per_s(self) -> float | None:
        """Return the speed of training; None before there is anything to tell it from."""
        (first_s, first), (last_s, last) = self._marks[0], self._marks[-1]
        return (last - first) / (last_s - first_s) if last > first and last_s > first_s else None

    def left_s(self, now_s: float, state: State) -> float | None:
        """Return the time left of the run, or of the epoch where the number of epochs is not known.

        Validations and saves are in the course so far, so they are in the answer too.
        """
        done = epochs_done(state)
        if done <= self._start_epochs:
            return None
        end = state.epochs if state.epochs is not None else state.epoch + 1
        return max(0.0, (now_s - self._start_s) * (end - done) / (done - self._start_epochs))


def epochs_done(state: State) -> float:
    """Return how many epochs are behind the run, with the part of the current one where its length is known."""
    return state.epoch + min(1.0, state.batch / state.batches) if state.batches else float(state.epoch)
