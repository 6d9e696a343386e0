"""Starting a recorded run again in a child process: `replay` for some steps, `run_again` for whatever is asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retorch.errors import RunError
from retorch.recorder import VARIABLES, Level
from retorch.replay._child import Answer, Spec, TraceSpec
from retorch.replay._command import Start, start_again
from retorch.replay._copy import copy_run
from retorch.runs import read_environment, read_info, read_sources

_LOOK_EVERY_S = 0.25
_GRACE_S = 30.0
_MOST_LINES = 25

# They say what this machine has and where it lies: what is set now goes before what was recorded.
_OF_THE_MACHINE = (
    "CUDA_DEVICE_ORDER",
    "CUDA_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "ROCR_VISIBLE_DEVICES",
)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay left; its files are there as long as the `with` goes on.

    Attributes:
        record: the run folder that it was kept in.
        first: steps completed where it went on from a checkpoint; 0 from the beginning.
        reached: steps completed at its end.
        trace: the file that the tracer wrote; None where nothing was traced.
        captured: the folder with the operations that were captured; None where none was.
        seconds: how long it took.
        log: what the script wrote to stdout and stderr.
    """

    record: Path
    first: int
    reached: int
    trace: Path | None
    captured: Path | None
    seconds: float
    log: Path


@dataclass(frozen=True, slots=True)
class Again:
    """How a recorded run is to be done again.

    Attributes:
        folder: where it is kept now: what `copy_run` made.
        level: how much it records; None leaves that to the script.
        stop_after: the number of completed steps at which it ends; None for all.
        observers: who watches it: "module:name" to keyword arguments, which must be JSON values.
        trace: what is traced; None for nothing.
        recorded_sources: whether Python compiles the recorded sources, or those on the disk.
        timeout_s: when to kill it, in seconds; None never.
        on_progress: called a few times a second with the steps completed.
        stopped: set by another thread to have it killed.
    """

    folder: Path
    level: Level | None = None
    stop_after: int | None = None
    observers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    trace: TraceSpec | None = None
    recorded_sources: bool = True
    timeout_s: float | None = None
    on_progress: Callable[[int], None] | None = None
    stopped: threading.Event | None = None


@contextmanager
def replay(
    run: str | os.PathLike[str], *, until: int, trace: range | None = None, capture: frozenset[int] = frozenset(),
    eager: bool = False, level: Level = "full", recorded_sources: bool = True, timeout_s: float | None = None,
    afresh: bool = False, stopped: threading.Event | None = None,
) -> Iterator[Replayed]:  # fmt: skip
    """Do some steps of a run again, from its nearest checkpoint, in a folder that is gone afterwards.

    The run is started by its recorded command, under its recorded sources and the recorded environment variables
    that change numbers, in the folder where it was typed. The run's own folder is never written to. What the script
    writes elsewhere by itself, it writes again.

    Args:
        run: the run folder.
        until: the steps completed at the end.
        trace: the numbers of the steps whose operations are written down; the checkpoint lies before the first.
        capture: the numbers of the operations in the trace that are kept with their arguments.
        eager: run what `torch.compile` made eagerly where it is traced.
        level: how much the replay records.
        recorded_sources: whether Python compiles the recorded sources, or those on the disk.
        timeout_s: when to give up, in seconds.
        afresh: whether it starts from the beginning, although a checkpoint lies nearer: to see how the script makes
            what it starts with.
        stopped: set by another thread to give it up.

    Yields:
        What it left.

    Raises:
        RunError: it cannot be started again, failed, took too long, or ended before it came there.
    """
    run = Path(run)
    with tempfile.TemporaryDirectory(prefix="retorch-replay-") as name:
        scratch, begin = Path(name), time.monotonic()
        copy_run(run, scratch / "run", step=-1 if afresh else trace.start if trace is not None else max(until - 1, 0))
        tracing = None if trace is None else _tracing(trace, capture, scratch, eager=eager)
        again = Again(
            scratch / "run", level=level, stop_after=until, trace=tracing, recorded_sources=recorded_sources,
            timeout_s=timeout_s, stopped=stopped,
        )  # fmt: skip
        answer = run_again(run, again, scratch)
        _refuse_an_early_end(run, answer, until if trace is None else min(until, trace.stop - 1))
        yield Replayed(
            again.folder, answer.first or 0, answer.reached or 0,
            trace=Path(tracing.out) if tracing else None,
            captured=Path(tracing.capture_to) if tracing and capture else None,
            seconds=time.monotonic() - begin, log=scratch / "log",
        )  # fmt: skip


def _tracing(steps: range, capture: frozenset[int], scratch: Path, *, eager: bool) -> TraceSpec:
    captured = scratch / "captured"
    captured.mkdir()
    return TraceSpec(
        steps.start, steps.stop, str(scratch / "trace"), tuple(sorted(capture)), str(captured), eager=eager
    )


def _refuse_an_early_end(run: Path, answer: Answer, until: int) -> None:
    # What follows the last step of a run, such as a validation, is traced as if it led to one more.
    if answer.how != "stopped" and (answer.how != "ended" or (answer.reached or 0) < until):
        raise RunError(
            f"{run} was replayed and ended after {answer.reached or 0} steps, before step {until}: "
            f"the script or its data has changed since, or it trains for fewer steps"
        )


def run_again(run: Path, again: Again, scratch: Path) -> Answer:
    """Start a recorded run again in a child process and wait for it.

    Ctrl-C here lets a run save itself before it ends; a second one, the end of the time, and any other exception
    kill it and all that it started.

    Args:
        run: the recorded run.
        again: how.
        scratch: a folder for what the two processes tell each other; the log of the script is `log` in it.

    Raises:
        RunError: it cannot be started again, failed, made no run, or took too long. The message has the end of its log.
    """
    spec, start, variables = _prepare(run, again, scratch)
    log = scratch / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 - this Python, our own module
            [sys.executable, *start.options, "-m", "retorch.replay._child", str(scratch / "spec.json")],
            cwd=start.cwd, env=variables, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        _wait(process, run, again, Path(spec.progress), log)
    return _read_answer(process, run, Path(spec.answer), log)


def _prepare(run: Path, again: Again, scratch: Path) -> tuple[Spec, Start, dict[str, str]]:
    scratch = scratch.absolute()
    recorded = read_environment(run)
    # What was typed into a notebook has a name in brackets, and no place in the file system.
    kept = {file: text for file, text in read_sources(run).items() if Path(file).is_absolute()}
    sources = kept if again.recorded_sources else {}
    typed = tuple(recorded.get("command", {}).get("words", ()))
    start = start_again(run, read_info(run), again.folder.absolute(), sources, typed)
    if sources:
        (scratch / "sources.json").write_text(json.dumps(sources), encoding="utf-8")
    spec = Spec(
        target=start.target, arguments=start.arguments, is_module=start.is_module, typed=typed,
        sources=str(scratch / "sources.json") if sources else None,
        folder=str(again.folder.absolute()), of=None if start.target == "retorch" else recorded.get("folder"),
        level=again.level, stop_after=again.stop_after, observers=again.observers, trace=again.trace,
        answer=str(scratch / "answer.json"), progress=str(scratch / "progress"),
    )  # fmt: skip
    spec.write(scratch / "spec.json")
    return spec, start, _variables(recorded)


def _variables(recorded: Mapping[str, Any]) -> dict[str, str]:
    """Return this process's environment variables, those that change numbers as they were recorded."""
    now, then = dict(os.environ), recorded.get("variables")
    if then is None:
        return now
    kept = {name: value for name, value in now.items() if name not in VARIABLES or name in _OF_THE_MACHINE}
    # The folders of today's path behind those of then: retorch itself may come from there.
    path = dict.fromkeys(one["PYTHONPATH"] for one in (then, now) if one.get("PYTHONPATH"))
    return {**then, **kept, **({"PYTHONPATH": os.pathsep.join(path)} if path else {})}


def _wait(process: subprocess.Popen[bytes], run: Path, again: Again, progress: Path, log: Path) -> None:
    begin = time.monotonic()
    try:
        while process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_EVERY_S)
            if again.on_progress is not None and (told := _told(progress)) is not None:
                again.on_progress(told)
            if again.stopped is not None and again.stopped.is_set():
                raise RunError(f"{run} was done again and was stopped")
            if again.timeout_s is not None and time.monotonic() - begin > again.timeout_s:
                raise RunError(
                    f"{run} was done again for more than {again.timeout_s:g} seconds and was ended; "
                    f"allow it more time\n{_end_of(log)}"
                )
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
        raise
    finally:
        _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and the processes that it started, which are of one session."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _told(progress: Path) -> int | None:
    try:
        return int(progress.read_text())
    except (FileNotFoundError, ValueError):
        return None


def _read_answer(process: subprocess.Popen[bytes], run: Path, file: Path, log: Path) -> Answer:
    if not file.exists():
        raise RunError(f"{run} was done again, and the process ended with {_exit(process.returncode)}:\n{_end_of(log)}")
    answer = Answer.read(file)
    if answer.how == "failed":
        raise RunError(f"{run} was done again, and its script failed:\n{_end_of(log)}")
    if answer.first is None:
        raise RunError(
            f"{run} was done again, and its script made no run with a folder, or did not come to its first step; "
            f"the folder that it names may have changed since\n{_end_of(log)}"
        )
    return answer


def _exit(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def _end_of(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()
    return "\n".join(f"  {line}" for line in lines[-_MOST_LINES:])
