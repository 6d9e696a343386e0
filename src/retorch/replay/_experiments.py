"""`experiments`: one captured operation run again in fresh processes, with one setting changed at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from retorch.errors import UsageError
from retorch.replay._captured import Captured
from retorch.replay._facts import Experiment, Gives
from retorch.replay._settings import settings_of
from retorch.replay._trials import (
    Trial,
    device_kinds,
    further_trials,
    likely_trials,
    trials_without,
)
from retorch.replay._trying import Came, try_all


def experiments(
    captured_a: Path,
    outputs_a: Sequence[int],
    outputs_b: Sequence[int],
    environment_a: Mapping[str, Any],
    environment_b: Mapping[str, Any],
    *,
    captured_b: Path | None = None,
    limit_s: float = 60.0,
) -> tuple[Experiment, ...]:
    """Run an operation of run A again and see with which setting it gives the bits of run B.

    First A's own settings, which must give A's bits, then B's own, then each in which the two differ. Where one of
    these gives B's bits, the search ends; else settings follow in which the two agree. A process imports torch, which
    takes some two seconds; four run at a time, and only environment variables need one of their own.

    Args:
        captured_a: the operation as A ran it; A's inputs are used throughout.
        outputs_a: the fingerprints of what it left in A, in the order of `Captured.outputs`; 0 for one unknown.
        outputs_b: likewise in B.
        environment_a: as A recorded it.
        environment_b: as B recorded it.
        captured_b: the operation as B ran it, so that other arguments, strides and random states are tried too.
        limit_s: how long one process may take.

    Returns:
        A's own settings first, then B's, then one changed setting each.

    Raises:
        UsageError: the outputs of A and B are not as many as were captured.
    """
    ours = Captured.load(captured_a, "cpu")
    theirs = None if captured_b is None else Captured.load(captured_b, "cpu")
    _check(ours, outputs_a, outputs_b)
    a, b = settings_of(environment_a), settings_of(environment_b)
    files = {"a": str(captured_a), "b": None if captured_b is None else str(captured_b)}

    def tried(trials: list[Trial]) -> list[Experiment]:
        came = try_all(files, trials, limit_s)
        found = [(trial, each) for trial, each in zip(trials, came, strict=True) if each is not None]
        return [_experiment(trial, each, tuple(outputs_a), tuple(outputs_b)) for trial, each in found]

    likely = tried(likely_trials(a, b, ours, theirs))
    likely[0] = _honest(likely[0], environment_a)
    own, single = likely[:2], likely[2:]
    if own[0].gives == "failed" or any(each.gives == "b" and each.steady for each in single):
        return tuple(likely)
    if own[1].gives == "b" and len(single) > 1:
        return (*likely, *tried(trials_without(a, b, theirs)))
    seen = {(each.setting, each.value) for each in likely}
    further = further_trials(a, device_kinds(captured_a))
    return (*likely, *tried([trial for trial in further if (trial.setting, trial.value) not in seen]))


def _check(captured: Captured, *outputs: Sequence[int]) -> None:
    for run, fingerprints in zip("AB", outputs, strict=True):
        if len(fingerprints) != len(captured.outputs):
            raise UsageError(
                f"{captured.operation} left {len(captured.outputs)} tensors when it was captured, and "
                f"{len(fingerprints)} fingerprints are given for run {run}; give one for each"
            )


def _experiment(trial: Trial, came: Came, a: tuple[int, ...], b: tuple[int, ...]) -> Experiment:
    if came.failed:
        return Experiment(trial.setting, trial.value, "failed", came.failed)
    # Where one of the runs has no fingerprint, the operation leaves what it likes.
    known = [bool(one and other) for one, other in zip(a, b, strict=True)]
    runs = [[_masked(reading, known) for reading in run] for run in came.runs]
    kinds = {_whose(run, _masked(a, known), _masked(b, known)) for run in runs}
    results = len({tuple(run) for run in runs})
    gives = next(kind for kind in _MOST_TELLING if kind in kinds)
    said = [trial.message] if trial.message else []
    if results > 1:
        said.append(f"{len(runs)} runs gave {results} different results")
    return Experiment(trial.setting, trial.value, gives, "; ".join(said), results == 1)


_MOST_TELLING: tuple[Gives, ...] = ("both", "b", "a", "neither")


def _masked(fingerprints: Sequence[int], known: Sequence[bool]) -> tuple[int, ...]:
    if len(fingerprints) != len(known):
        return tuple(fingerprints)
    return tuple(word if known_ else 0 for word, known_ in zip(fingerprints, known, strict=True))


def _whose(readings: list[tuple[int, ...]], a: tuple[int, ...], b: tuple[int, ...]) -> Gives:
    is_a, is_b = a in readings, b in readings
    if is_a and is_b:
        return "both" if a == b else "neither"
    return "a" if is_a else "b" if is_b else "neither"


def _honest(own: Experiment, environment: Mapping[str, Any]) -> Experiment:
    """Say of A's own settings what it means when they do not give A's bits."""
    if own.gives in ("a", "both", "failed"):
        return own
    recorded = environment.get("torch", {}).get("version", torch.__version__)
    other = f" (torch {recorded} there, {torch.__version__} here)" if recorded != torch.__version__ else ""
    text = f"A's own settings do not give A's bits here{other}, so the other experiments prove nothing"
    return replace(own, message="; ".join(filter(None, (own.message, text))))
