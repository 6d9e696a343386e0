"""One file a mistake. A rule is found here by being there: drop a file in, and it is checked.

The files are sorted into folders by subject: `aliases`, `graph`, `loop`, `modes`, `parameters`, `losses`, `data`,
`saving`, `seeds`, `speed`.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from retorch.checks._finding import GRADES
from retorch.checks._rule import Rule


@cache
def all_rules() -> tuple[type[Rule], ...]:
    """Return every rule, the gravest grade first, then by name."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return tuple(sorted(_below(Rule), key=lambda rule: (GRADES.index(rule.grade), rule.name)))


def _below(kind: type[Rule]) -> set[type[Rule]]:
    found = {below for below in kind.__subclasses__() if hasattr(below, "name") and __name__ in below.__module__}
    return found.union(*(_below(below) for below in kind.__subclasses__()))
