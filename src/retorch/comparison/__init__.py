"""The first place where two runs part, and why.

Start at `examine`: it reads both records (`_records`), has the step in question done again (`replay`) where the record
alone cannot tell, and puts together a `Comparison` that `describe`, `as_json` and `comparison_page` show.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from retorch.comparison._as_json import as_json
from retorch.comparison._difference import Comparison, Difference, First, Line, Side, Unlike
from retorch.comparison._examine import compare, examine
from retorch.comparison._page import comparison_page
from retorch.comparison._text import describe, describe_difference, sections
from retorch.replay import Cause, Experiment, Size

if TYPE_CHECKING:
    from retorch.comparison._reproduce import Reproduction, new_folder, reproduce, steps_of

__all__ = [
    "Cause",
    "Comparison",
    "Difference",
    "Experiment",
    "First",
    "Line",
    "Reproduction",
    "Side",
    "Size",
    "Unlike",
    "as_json",
    "compare",
    "comparison_page",
    "describe",
    "describe_difference",
    "examine",
    "new_folder",
    "reproduce",
    "sections",
    "steps_of",
]


def __getattr__(name: str) -> Any:
    # Loaded on first use: it takes torch, which a comparison of records does not wait for.
    if name in __all__:
        return getattr(import_module("retorch.comparison._reproduce"), name)
    raise AttributeError(f"module 'retorch.comparison' has no attribute {name!r}")
