"""The process in which a recorded run is started again: `python -m retorch.replay._child SPEC`.

SPEC is a JSON file, a `Spec`. How it went is written to `Spec.answer`.
"""

from __future__ import annotations

import ctypes
import json
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Literal

from retorch.checks import Script, show_crash
from retorch.errors import RunInterrupted
from retorch.events import Observer, ObserverHub, RunStarted, StepEnded
from retorch.recorder import Direction, DirectionDone, Level, directing
from retorch.replay._overlay import overlaid
from retorch.replay._tracer import Tracer

_TELL_EVERY_S = 0.25
_PR_SET_PDEATHSIG = 1

How = Literal["stopped", "ended", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class TraceSpec:
    """What is to be traced; see `retorch.replay._tracer.Tracer`. `first` and `end` are its steps."""

    first: int
    end: int
    out: str
    capture: tuple[int, ...]
    capture_to: str
    eager: bool


@dataclass(frozen=True, slots=True)
class Spec:
    """What is asked of this process; plain JSON values.

    Attributes:
        target, arguments, is_module: see `retorch.checks.Script`.
        typed: what the run finds in `sys.orig_argv`, and records; empty leaves the words of this process there.
        sources: a JSON file with the recorded sources, absolute paths to text; None takes the files on the disk.
        folder, of, level, stop_after: see `retorch.recorder.Direction`.
        observers: where more observers are found, "module:name", to their keyword arguments.
        trace: the arguments of a `Tracer`, its steps as first and end; None traces nothing.
        answer: the file to write an `Answer` to.
        progress: the file that says meanwhile how many steps are done.
    """

    target: str
    arguments: tuple[str, ...]
    is_module: bool
    typed: tuple[str, ...]
    sources: str | None
    folder: str
    of: str | None
    level: Level | None
    stop_after: int | None
    answer: str
    progress: str
    observers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    trace: TraceSpec | None = None

    @classmethod
    def read(cls, file: str) -> Spec:
        """Read what `write` wrote."""
        facts = json.loads(Path(file).read_text(encoding="utf-8"))
        return cls(**facts | {"trace": facts["trace"] and TraceSpec(**facts["trace"])})

    def write(self, file: Path) -> None:
        """Write it for the child."""
        file.write_text(json.dumps(asdict(self)), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Answer:
    """How it went.

    Attributes:
        how: "stopped" where the direction ended it, "ended" where the script came to its end, "interrupted" by a
            signal and saved, "failed" with an error, or an exit code, which is in the log.
        first: steps completed where the run began or went on; None where no run was made in the folder meant.
        reached: steps completed at the end.
    """

    how: How
    first: int | None
    reached: int | None

    @classmethod
    def read(cls, file: Path) -> Answer:
        """Read what `write` wrote."""
        return cls(**json.loads(file.read_text(encoding="utf-8")))

    def write(self, file: str) -> None:
        """Write it for the parent."""
        Path(file).write_text(json.dumps(asdict(self)), encoding="utf-8")


class Reached(Observer):
    """Counts the steps and tells them to the parent a few times a second."""

    essential: ClassVar[bool] = True

    def __init__(self, progress: str) -> None:
        self.first: int | None = None
        self.step: int | None = None
        self._progress = Path(progress)
        self._due_s = 0.0

    def attach(self, hub: ObserverHub) -> None:
        """Listen."""
        hub.on(RunStarted, self._started)
        hub.on(StepEnded, self._stepped)

    def _started(self, event: RunStarted) -> None:
        self.first = self.step = event.state.step

    def _stepped(self, event: StepEnded) -> None:
        self.step = event.state.step
        now_s = time.monotonic()
        if now_s >= self._due_s:
            self._due_s = now_s + _TELL_EVERY_S
            self._progress.write_text(str(self.step))


def main(file: str) -> int:
    """Run what a spec says; return the exit code of the process."""
    _die_with_the_parent()
    spec = Spec.read(file)
    reached = Reached(spec.progress)
    how = _run(spec, reached)
    if spec.stop_after is not None and reached.step is not None and reached.step >= spec.stop_after:
        how = "stopped"  # whatever the script did about it
    Answer(how, reached.first, reached.step).write(spec.answer)
    return int(how == "failed")


def _run(spec: Spec, reached: Reached) -> How:
    observers: list[Observer] = [reached, *(_make(name, arguments) for name, arguments in spec.observers.items())]
    tracer = None if spec.trace is None else _tracer(spec.trace)
    if tracer is not None:
        observers.append(tracer)
    direction = Direction(
        Path(spec.folder), Path(spec.of) if spec.of else None, spec.level, tuple(observers), spec.stop_after
    )
    if spec.typed:
        sys.orig_argv = list(spec.typed)
    script = Script(spec.target, spec.arguments, is_module=spec.is_module)
    try:
        tracing = nullcontext() if tracer is None else tracer.tracing_start()
        with _recorded(spec.sources), directing(direction), tracing:
            script.run()
    except DirectionDone:
        return "stopped"
    except RunInterrupted:
        return "interrupted"
    except SystemExit as left:
        if left.code not in (None, 0):
            sys.stderr.write(f"the script left with sys.exit({left.code!r})\n")
            return "failed"
    except BaseException as error:  # noqa: BLE001 - a script may end by any of them
        show_crash(error)
        return "failed"
    return "ended"


def _make(name: str, arguments: Mapping[str, Any]) -> Observer:
    module, _, attribute = name.partition(":")
    observer = getattr(import_module(module), attribute)(**arguments)
    assert isinstance(observer, Observer)
    return observer


def _tracer(spec: TraceSpec) -> Tracer:
    return Tracer(
        range(spec.first, spec.end), out=Path(spec.out), capture=frozenset(spec.capture),
        capture_to=Path(spec.capture_to), eager=spec.eager,
    )  # fmt: skip


def _recorded(sources: str | None) -> Any:
    if sources is None:
        return nullcontext()
    return overlaid(json.loads(Path(sources).read_text(encoding="utf-8")))


def _die_with_the_parent() -> None:
    """Have the system kill this process when the one that asked for it has been killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
