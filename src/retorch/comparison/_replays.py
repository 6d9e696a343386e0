"""`Replays`: the steps round a sighting done again in both runs, traced, until the place of parting lies inside."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from retorch.comparison._records import Sighting, read_together
from retorch.errors import RunError
from retorch.replay import (
    Captured,
    Operation,
    Parting,
    Replayed,
    Trace,
    captured_file,
    first_parting,
    read_trace,
    replay,
)
from retorch.runs import read_environment

Pair = tuple[Path, Path]

# Once where the record saw it, once where a closer record did, once from the beginning.
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Replays:
    """What both runs did when the steps in question were done again.

    Attributes:
        window: the steps that were traced.
        traces: of A and of B.
        parting: where they part; None where the replays agree.
        notes: what the replays showed besides, one sentence each.
        afresh: whether they started from the beginning and not from a checkpoint.
    """

    window: range
    traces: tuple[Trace, Trace]
    parting: Parting | None
    notes: tuple[str, ...] = ()
    afresh: bool = False


def replay_both(a: Path, b: Path, sighting: Sighting) -> Replays:
    """Do the steps round a sighting again, in both runs at once, and find where they part.

    Where the two differ already before the first traced step, the records of the replays, which hold all of each
    step, say where to look.

    Raises:
        RunError: one of them cannot be started again.
    """
    window = _window(sighting)
    for _ in range(_ATTEMPTS):
        with _replayed((a, b), window, max(sighting.step + 1, window.stop), afresh=sighting.seen == "start") as done:
            traces = _read(done)
            parting = first_parting(*traces)
            again = read_together(done[0].record, done[1].record).parting
            strange = tuple(_strange((a, b), done))
        if not _began_before(parting, window):
            return Replays(window, traces, parting, strange, sighting.seen == "start")
        earlier = _earlier(again, window)
        if earlier == window:
            break
        window = earlier
    return Replays(window, traces, parting, strange, sighting.seen == "start")


def capture_both(a: Path, b: Path, replays: Replays, into: Path) -> tuple[Captured | None, Captured | None]:
    """Do them once more, and keep the tensors of the operation at which the two part, as `into`/a.pt and b.pt."""
    assert replays.parting is not None
    operations = replays.parting.a, replays.parting.b
    kept: list[Captured | None] = []
    chosen = [frozenset() if one is None else frozenset({one.index}) for one in operations]
    with _replayed((a, b), replays.window, replays.window.stop, chosen, afresh=replays.afresh) as done:
        for name, one, replayed in zip("ab", operations, done, strict=True):
            file = None if one is None or replayed.captured is None else captured_file(replayed.captured, one.index)
            if file is None or not file.exists():
                kept.append(None)
                continue
            file.rename(into / f"{name}.pt")
            kept.append(Captured.load(into / f"{name}.pt", "cpu"))
    return kept[0], kept[1]


def step_of(operations: tuple[Operation | None, Operation | None], sighting: Sighting) -> int:
    """Return the step of a parting."""
    return next((one.step for one in operations if one is not None), sighting.step)


@contextmanager
def _replayed(
    runs: Pair,
    window: range,
    until: int,
    capture: Sequence[frozenset[int]] = (frozenset(), frozenset()),
    *,
    afresh: bool = False,
) -> Iterator[tuple[Replayed, Replayed]]:
    """Replay both: at once where that is safe, one after the other where they would share an accelerator's memory."""
    stopped = threading.Event()
    managers = [
        replay(run, until=until, trace=window, capture=one, afresh=afresh, stopped=stopped)
        for run, one in zip(runs, capture, strict=True)
    ]
    at_once = not any(read_environment(run).get("accelerators") for run in runs)
    with ThreadPoolExecutor(2 if at_once else 1) as pool:
        jobs = [pool.submit(manager.__enter__) for manager in managers]
        try:
            wait(jobs)
        except BaseException:
            stopped.set()  # Ctrl-C reaches this process alone
            raise
    with ExitStack() as stack:
        for manager, job in zip(managers, jobs, strict=True):
            if job.exception() is None:
                stack.push(manager.__exit__)
        yield jobs[0].result(), jobs[1].result()


def _window(sighting: Sighting) -> range:
    """Choose the steps to trace: a loss that differs may come from what the step before left."""
    step = max(sighting.step, 0)
    if sighting.phase == "validation":
        return range(step, step + 2)  # what follows a step, up to the next one, is traced with the next one
    light = sighting.seen in ("loss", "values", "step", "metrics", "validation starts")
    return range(max(step - 1, 0) if light else step, step + 1)


def _read(done: tuple[Replayed, Replayed]) -> tuple[Trace, Trace]:
    files = [one.trace for one in done]
    if files[0] is None or files[1] is None or not files[0].exists() or not files[1].exists():
        raise RunError("a replay wrote no trace: its steps ended before the traced ones began")
    return read_trace(files[0]), read_trace(files[1])


def _began_before(parting: Parting | None, window: range) -> bool:
    """Tell whether the two differed already when the trace began, by something that happened before it."""
    return window.start > 0 and parting is not None and parting.kind == "input" and parting.phase == "start"


def _earlier(again: Sighting | None, window: range) -> range:
    """Choose an earlier window: where the records of the replays part, or the very first step."""
    if again is not None and 0 <= again.step < window.start:
        return range(again.step, again.step + 1)
    return range(1)


def _strange(runs: Pair, done: tuple[Replayed, Replayed]) -> Iterator[str]:
    """Say where a replay did not give the bits that its run recorded."""
    for name, run, replayed in zip("AB", runs, done, strict=True):
        unlike = read_together(run, replayed.record).parting
        if unlike is not None:
            yield (
                f"{name} does not repeat itself here: its replay parts from its own record at step {unlike.step}, in "
                f"{unlike.detail}. Something that it depends on is not the same any more, or is not deterministic"
            )
