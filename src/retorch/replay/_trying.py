"""`try_all`: trials carried out in child processes, those that can share a process in one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from retorch.replay._settings import acts_on_operations, process_of, starting_variables
from retorch.replay._trials import Trial

_AT_A_TIME = 4


@dataclass(frozen=True, slots=True)
class Came:
    """What a trial came to.

    Attributes:
        runs: for each run of the operation its readings, each the fingerprints of all outputs.
        failed: why there is none; empty where there is.
    """

    runs: tuple[tuple[tuple[int, ...], ...], ...] = ()
    failed: str = ""


def try_all(files: Mapping[str, str | None], trials: list[Trial], limit_s: float) -> list[Came | None]:
    """Carry out trials, each in a process that started as its settings say.

    Args:
        files: the captured operation of run "a", and of "b" or None.
        trials: what to do.
        limit_s: how long one process may take.

    Returns:
        What each came to; None where there was nothing to change.
    """
    groups: dict[tuple[Any, ...], list[int]] = {}
    for number, trial in enumerate(trials):
        groups.setdefault(process_of(trial.settings), []).append(number)
    came: dict[int, Came | None] = {}
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        for found in pool.map(lambda numbers: _try_group(files, trials, numbers, limit_s), groups.values()):
            came.update(found)
    return [came[number] for number in range(len(trials))]


def _try_group(
    files: Mapping[str, str | None], trials: list[Trial], numbers: list[int], limit_s: float
) -> dict[int, Came | None]:
    """Start a process for these trials, and another for what is left where one of them ends it."""
    came: dict[int, Came | None] = {}
    while left := [number for number in numbers if number not in came]:
        answers, end = _ask(files, [trials[number] for number in left], limit_s)
        for answer in answers[1:]:
            came[left[answer["trial"]]] = _came(answer)
        if end and not answers:
            return came | {number: Came(failed=end) for number in left}
        if end and (unanswered := [number for number in left if number not in came]):
            came[unanswered[0]] = Came(failed=end)
    return came


def _came(answer: dict[str, Any]) -> Came | None:
    if "skipped" in answer:
        return None
    runs = tuple(tuple(tuple(reading) for reading in run) for run in answer.get("outcomes", ()))
    return Came(runs, answer.get("failed", ""))


def _ask(files: Mapping[str, str | None], trials: list[Trial], limit_s: float) -> tuple[list[dict[str, Any]], str]:
    """Return the lines that a process answered, and how it ended before its time; empty where it did not."""
    request = json.dumps({**files, "trials": [asdict(trial) for trial in trials]})
    others = {name: value for name, value in os.environ.items() if not acts_on_operations(name)}
    # Not started by a path on `sys.path[0]`: files of the user's there, such as queue.py, would hide Python's own.
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "retorch.replay._experimenting"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**others, **starting_variables(trials[0].settings)},
    ) as process:  # fmt: skip
        try:
            answered, complained = process.communicate(request, timeout=limit_s)
            end = "" if process.returncode == 0 else _end(process.returncode, complained)
        except subprocess.TimeoutExpired:
            process.kill()
            answered, _ = process.communicate()
            end = f"it took more than {limit_s:g} seconds"
        except BaseException:
            process.kill()
            raise
    return [json.loads(line) for line in answered.splitlines() if line.endswith("}")], end


def _end(code: int, complained: str) -> str:
    if code < 0:
        return f"the process ended with {signal.Signals(-code).name}"
    last = complained.strip().rsplit("\n", 1)[-1]
    return f"the process ended with exit code {code}: {last}"
