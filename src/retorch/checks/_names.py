"""Rules by their names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import NoReturn

from retorch.checks._rule import Rule
from retorch.errors import UsageError


def named(rules: Sequence[type[Rule]], names: Iterable[str]) -> list[type[Rule]]:
    """Return the rules of some names.

    Raises:
        UsageError: there is no rule of a name.
    """
    known = {rule.name: rule for rule in rules}
    return [known.get(name) or refuse_name(name, known) for name in names]


def refuse_name(name: str, known: Iterable[str]) -> NoReturn:
    """Raise the error for a name that no check has."""
    close = difflib.get_close_matches(name, list(known), n=1)
    meant = f"did you mean {close[0]}?" if close else "`retorch check --explain` lists them"
    raise UsageError(f"there is no check {name!r}; {meant}")
