"""One trial: a run that is killed some times, started again each time, and compared at its end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comparing import differences, facts, good_checkpoints, leftovers
from places import Plan
from scenarios import SCENARIOS
from starting import Ended, Zygote
from unbroken import Unbroken, UnbrokenRun

SHORT, LONG = 1, 12
"""Trials of each kind for each scenario, in the normal and in the long version."""


@dataclass
class Trial:
    """Kills a run in one way after another, then lets it end.

    Attributes:
        chance: decides what may change from start to start: workers, threads, cores.
        kills: how many starts were killed so far.
        story: what happened, for the message of a failure.
    """

    zygote: Zygote
    scenario: str
    folder: Path
    chance: random.Random
    options: dict[str, Any] = field(default_factory=dict)
    kills: int = 0
    starts: int = 0
    story: list[str] = field(default_factory=list)

    def kill_at(self, plan: Plan) -> Ended:
        """Start, and let it kill itself at a place."""
        return self._note(f"killed at {plan}", self.zygote.run(self.scenario, self.folder, plan=plan, **self._how()))

    def kill_after(self, seconds: float) -> Ended:
        """Start, and kill it after a time."""
        ended = self.zygote.run_for(seconds, self.scenario, self.folder, **self._how())
        return self._note(f"killed after {seconds:.4f} s", ended)

    def end_like(self, unbroken: UnbrokenRun, *, all_checkpoints: bool = False, twice: bool = False) -> None:
        """Start once more, and demand that everything is as if nothing had happened.

        Args:
            unbroken: what it is compared with.
            all_checkpoints: whether each checkpoint of the unbroken run must be there, rather than the last and the
                best: so it is where they fall due by steps alone.
            twice: whether it is then started once more, finished as it is.
        """
        for _ in range(1 + twice):
            report = self._note("left alone", self.zygote.run(self.scenario, self.folder, **self._how())).finished()
            names = [one.name for one in good_checkpoints(unbroken.folder)] if all_checkpoints else None
            lines = differences(facts(unbroken.folder, checkpoints=names), facts(self.folder, checkpoints=names))
            if report["result"] != unbroken.result:
                lines.append(f"returned {unbroken.result!r} in the unbroken run, {report['result']!r} in this one")
            lines += [f"left over: {name}" for name in leftovers(self.folder)]
            assert not lines, "\n".join([f"{self.scenario}:", *self.story, *lines])

    def _how(self) -> dict[str, Any]:
        one = SCENARIOS[self.scenario]
        # Killed before there was a run, the next start is the first one again.
        first = not (self.folder / "run.json").exists()
        self.starts += 1
        how: dict[str, Any] = {"workers": one.workers[0] if first else self.chance.choice(one.workers)}
        if one.threads:
            how["threads"] = one.threads[0] if first else self.chance.choice(one.threads)
            how["cores"] = None if first else self.chance.choice((1, 2, None))
        self.story.append(f"  start {self.starts} with {how}")
        return {**how, **self.options}

    def _note(self, what: str, ended: Ended) -> Ended:
        self.kills += ended.killed
        self.story[-1] += f": {what}; status {ended.status}"
        if ended.status > 0:
            raise AssertionError("\n".join([f"{self.scenario}:", *self.story, ended.errors]))
        return ended


def kill_and_compare(
    trial: Trial, unbroken: Unbroken, kills: Sequence[Plan | float], *, all_checkpoints: bool = True
) -> int:
    """Run a trial through: kills in a row, at places or after seconds, then the comparison. Return how many hit."""
    for kill in kills:
        if isinstance(kill, Plan):
            trial.kill_at(kill)
        else:
            trial.kill_after(kill)
    trial.end_like(undisturbed(unbroken, trial), all_checkpoints=all_checkpoints, twice=True)
    return trial.kills


def undisturbed(unbroken: Unbroken, trial: Trial) -> UnbrokenRun:
    """Return the unbroken run that a trial is compared with."""
    one = SCENARIOS[trial.scenario]
    threads = {"threads": one.threads[0]} if one.threads else {}
    return unbroken(trial.scenario, workers=one.workers[0], **threads, **trial.options)
