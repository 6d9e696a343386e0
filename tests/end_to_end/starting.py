"""Starting trainings as real processes, and ending them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Self

from places import Plan

HERE = Path(__file__).parent
_PATIENCE_S = 90


@dataclass(frozen=True)
class Ended:
    """How a start ended.

    Attributes:
        status: the exit status; a negative one is the signal that killed it.
        report: what it reported, None if it did not come to its end.
        out: the folder with its `stdout`, `stderr` and `calls.json`.
    """

    status: int
    report: Mapping[str, Any] | None
    out: Path

    @property
    def killed(self) -> bool:
        return self.status == -signal.SIGKILL

    @property
    def errors(self) -> str:
        return (self.out / "stderr").read_text()

    @property
    def calls(self) -> list[str]:
        return json.loads((self.out / "calls.json").read_text())

    def finished(self) -> Mapping[str, Any]:
        """Return the report; fail, with the process's own words, if it did not come to its end."""
        assert self.status == 0, f"exit status {self.status}:\n{self.errors}"
        assert self.report is not None
        return self.report


@dataclass
class Start:
    """A process that is training.

    Attributes:
        pid: its number, valid until `wait` has returned.
    """

    pid: int
    out: Path
    zygote: Zygote

    def send(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> Ended:
        return self.zygote.wait(self)


@dataclass
class Zygote:
    """The test's end of `zygote.py`."""

    scratch: Path
    threads: int = 1
    _numbers: count[int] = field(default_factory=count)
    _process: Any = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "zygote.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment(self.threads),
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()

    def start(self, scenario: str, folder: Path, **how: Any) -> Start:
        """Start a training; see `describe_start` for how."""
        out = self.scratch / f"start-{next(self._numbers)}"
        answer = self._ask(describe_start(scenario, folder, out, **how))
        return Start(answer["pid"], out, self)

    def run(self, scenario: str, folder: Path, **how: Any) -> Ended:
        """Start a training and wait for its end."""
        return self.start(scenario, folder, **how).wait()

    def run_for(self, seconds: float, scenario: str, folder: Path, **how: Any) -> Ended:
        """Start a training and kill it after so many seconds, if it still lives then."""
        start = self.start(scenario, folder, **how)
        time.sleep(seconds)
        start.kill()  # a child that has ended is still there until it is waited for
        return start.wait()

    def wait(self, start: Start) -> Ended:
        status = self._ask({"wait": start.pid, "seconds": _PATIENCE_S})["status"]
        if status is None:
            start.kill()
            raise AssertionError(f"process {start.pid} hangs; {start.out} holds what it said")
        return ended(status, start.out)

    def _ask(self, request: dict[str, Any]) -> Any:
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def describe_start(
    scenario: str, folder: Path, out: Path, *,
    plan: Plan | None = None, keep: bool = True, cores: int | None = None, threads: int | None = None,
    user: int | None = None, pictures: bool = False, **options: Any,
) -> dict[str, Any]:  # fmt: skip
    """Say what a start is to do.

    Args:
        scenario: which training.
        folder: its run folder.
        out: where its output goes.
        plan: where it ends itself.
        keep: whether it has a run folder at all.
        cores: how many cores it may use; None for all.
        threads: what torch finds as its number of threads; None for what the environment says.
        user: the number of the user that it runs as; None for the one who runs the tests.
        pictures: whether a finished run is drawn, which takes longer than the training.
        options: of the scenario.
    """
    allowed = sorted(os.sched_getaffinity(0))[:cores] if cores else None
    return {
        "scenario": scenario, "folder": str(folder), "out": str(out), "plan": asdict(plan) if plan else None,
        "keep": keep, "cores": allowed, "threads": threads, "user": user, "pictures": pictures, "options": options,
    }  # fmt: skip


def start_fresh(scenario: str, folder: Path, out: Path, *, omp_threads: int = 1, **how: Any) -> subprocess.Popen[bytes]:
    """Start a training in an interpreter of its own, as a user does."""
    start = describe_start(scenario, folder, out, **how)
    return subprocess.Popen([sys.executable, str(HERE / "zygote.py"), json.dumps(start)], env=_environment(omp_threads))


def ended(status: int, out: Path) -> Ended:
    """Read what a process has left."""
    report = out / "report.json"
    return Ended(status, json.loads(report.read_text()) if report.exists() else None, out)


def _environment(threads: int) -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONPATH": str(HERE)}
