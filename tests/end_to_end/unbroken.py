"""Runs that nothing disturbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comparing import facts
from starting import Zygote


@dataclass(frozen=True)
class UnbrokenRun:
    """What a run leaves and says when nothing disturbs it.

    Attributes:
        facts: of its folder.
        result: what the scenario returned.
        visits: how often it came by each place.
        seconds: how long it trained.
    """

    folder: Path
    facts: Mapping[str, Any]
    result: Any
    visits: Mapping[str, int]
    seconds: float


class Unbroken:
    """Makes each unbroken run once."""

    def __init__(self, zygote: Zygote, folder: Path) -> None:
        self._zygote = zygote
        self._folder = folder
        self._known: dict[str, UnbrokenRun] = {}

    def __call__(self, scenario: str, **how: Any) -> UnbrokenRun:
        name = "-".join([scenario, *(f"{key}={value}" for key, value in how.items())])
        if name not in self._known:
            folder = self._folder / name
            report = self._zygote.run(scenario, folder, **how).finished()
            self._known[name] = UnbrokenRun(
                folder, facts(folder), report["result"], report["visits"], report["seconds"]
            )
        return self._known[name]
