"""What a user allows: by a comment at the line, by an option, in `pyproject.toml`."""

from __future__ import annotations

import linecache
import re
import tomllib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from retorch.checks._finding import Finding
from retorch.checks._names import refuse_name
from retorch.checks._rule import Rule
from retorch.errors import UsageError

_COMMENT = re.compile(r"#\s*retorch:\s*allow\s+(?P<names>[\w-]+(?:\s*,\s*[\w-]+)*)")


class Allowing:
    """Tells which findings the user wants to hear nothing of.

    Args:
        names: of rules that are allowed everywhere.
        known: every rule, so that a misspelt name is noticed.

    Raises:
        UsageError: there is no rule of a name.
    """

    def __init__(self, names: Iterable[str], known: Collection[type[Rule]]) -> None:
        self._names = frozenset(names)
        there = {rule.name for rule in known}
        for name in self._names - there:
            refuse_name(name, there)

    def __call__(self, finding: Finding) -> bool:
        """Return whether a finding is allowed, by name or by a comment on its line or on the line above."""
        if finding.rule in self._names:
            return True
        return any(
            finding.rule in allowed_at(finding.file, line) for line in (finding.line, finding.line - 1) if line > 0
        )


def allowed_at(file: str, line: int) -> frozenset[str]:
    """Return the names that a comment such as `# retorch: allow training-in-eval-mode` allows at a line."""
    found = _COMMENT.search(linecache.getline(file, line))
    return frozenset(re.split(r"\s*,\s*", found["names"])) if found else frozenset()


def allowed_in_project(directory: Path) -> tuple[str, ...]:
    """Return the names in `[tool.retorch.check] allow = [...]` of the nearest `pyproject.toml`, upwards from a folder.

    Raises:
        UsageError: the file is no TOML, or `allow` is no list of names.
    """
    for folder in (directory, *directory.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            return _names_in(file)
    return ()


def _names_in(file: Path) -> tuple[str, ...]:
    try:
        settings: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read as TOML: {error}") from None
    allow = settings.get("tool", {}).get("retorch", {}).get("check", {}).get("allow", [])
    if not isinstance(allow, list) or not all(isinstance(name, str) for name in allow):
        raise UsageError(f"{file}: [tool.retorch.check] allow must be a list of names of checks")
    return tuple(allow)
