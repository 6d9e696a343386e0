"""Silent mistakes named in an unchanged script, with file, line, evidence and remedy.

Start at `checking`. `_checker` opens the probes that the rules need (`probes/`, one file a way of seeing) and hands
round what they tell (`_observations`); each file of `rules/` is one mistake. `_script` runs a user's script under it,
`Checks` watches a `Run` or a `Trainer`.
"""

from retorch.checks._checking import checking
from retorch.checks._crash import show_crash
from retorch.checks._finding import Finding, Grade
from retorch.checks._findings import Findings
from retorch.checks._names import named
from retorch.checks._observer import Checks
from retorch.checks._rule import Rule
from retorch.checks._sarif import to_sarif
from retorch.checks._script import Checked, Script, check_script
from retorch.checks._text import overview, page
from retorch.checks.rules import all_rules

__all__ = [
    "Checked",
    "Checks",
    "Finding",
    "Findings",
    "Grade",
    "Rule",
    "Script",
    "all_rules",
    "check_script",
    "checking",
    "named",
    "overview",
    "page",
    "show_crash",
    "to_sarif",
]
