"""`Findings`: what the checker found, each mistake at each line once, with a count."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from retorch.checks._finding import GRADES, Finding, Grade
from retorch.checks._text import report


class Findings:
    """The findings of one piece of code, the gravest first, then in the order in which they were seen.

    Iterate, index with a number, or ask for one grade; `print(findings)` shows the report. Readable while the code runs
    and afterwards.

    Attributes:
        steps: how many optimizer steps were watched.
    """

    def __init__(self, is_allowed: Callable[[Finding], bool] = lambda _: False) -> None:
        self._seen: dict[tuple[str, str, int], Finding] = {}
        self._is_allowed = is_allowed
        self._allowed: set[tuple[str, str, int]] = set()
        # The code may change the working directory, and a place must go on being the same place.
        self._folder = _working_directory()
        self.steps = 0

    def add(self, finding: Finding) -> None:
        """Take in a finding; the same mistake at the same line is counted, and one that the user allows is left out."""
        key = (finding.rule, finding.file, finding.line)
        known = self._seen.get(key)
        if known is not None:
            self._seen[key] = replace(known, count=known.count + 1)
        elif key not in self._allowed:
            if self._is_allowed(finding):
                self._allowed.add(key)
            else:
                self._seen[key] = replace(finding, file=self._shorter(finding.file))

    def of(self, grade: Grade) -> tuple[Finding, ...]:
        """Return those of one grade."""
        return tuple(finding for finding in self if finding.grade == grade)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Those that are wrong in every correct program."""
        return self.of("error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Those that are almost surely mistakes."""
        return self.of("warning")

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values, ready for JSON."""
        return {"findings": [finding.to_dict() for finding in self]}

    def __iter__(self) -> Iterator[Finding]:
        return iter(sorted(self._seen.values(), key=lambda finding: GRADES.index(finding.grade)))

    def __len__(self) -> int:
        return len(self._seen)

    def __getitem__(self, number: int) -> Finding:
        return list(self)[number]

    def __contains__(self, name: object) -> bool:
        """Tell whether a rule of this name has found something."""
        return any(rule == name for rule, _, _ in self._seen)

    def _shorter(self, file: str) -> str:
        whole = os.path.normpath(file) if file.startswith(os.sep) else file
        return whole.removeprefix(self._folder + os.sep) if self._folder else whole

    def __str__(self) -> str:
        return report(self, self.steps)

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(self.of(grade))} {grade}" for grade in GRADES if self.of(grade))
        return f"<Findings: {counts or 'none'}>"


def _working_directory() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - compared with names of code objects
    except OSError:  # it is gone
        return ""
