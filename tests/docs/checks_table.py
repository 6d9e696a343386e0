"""The tables of checks and of ways of seeing on docs/checks.md, written from the code.

`python tests/docs/checks_table.py` writes them anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from retorch.checks import all_rules
from retorch.checks._rule import Rule
from retorch.checks._scene import Scene
from retorch.checks.probes import PROBES, Probe

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "checks.md"
BEGIN, END = "<!-- written by tests/docs/checks_table.py -->\n", "<!-- end of it -->\n"


def tables() -> str:
    """Return the tables as Markdown: the checks, a table a grade, and what they see."""
    checks = [_of_one_grade(grade, rules) for grade, rules in groupby(all_rules(), key=lambda rule: rule.grade)]
    return "\n\n".join([*checks, _of_probes()]) + "\n"


def written() -> str:
    """Return what the page has."""
    return PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def write() -> None:
    """Put the tables into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{tables()}{END}{rest.partition(END)[2]}", encoding="utf-8")


def _of_one_grade(grade: str, rules: Iterable[type[Rule]]) -> str:
    rows = [
        f"| `{rule.name}` | {rule.summary().replace('|', chr(92) + '|')} | {_seen_by(rule)} | {_scripts(rule)} |"
        for rule in rules
    ]
    return "\n".join([f"| {grade} | what is wrong | seen through | scripts |", "| --- | --- | --- | --- |", *rows])


def _of_probes() -> str:
    rows = [f"| {_word(probe)} | {_told_by(probe)} |" for probe in sorted(PROBES, key=_word)]
    return "\n".join(["| seen through | what is told |", "| --- | --- |", *rows])


def _seen_by(rule: type[Rule]) -> str:
    wanted = {kind for kind, *_ in rule(Scene()).looks()}
    return ", ".join(sorted(_word(probe) for probe in PROBES if probe.tells & wanted))


def _word(probe: type[Probe]) -> str:
    return probe.__name__.removesuffix("Probe").lower()


def _told_by(probe: type[Probe]) -> str:
    module = __import__(probe.__module__, fromlist=["__doc__"])
    return (module.__doc__ or "").strip().splitlines()[0].rstrip(".")


def _scripts(rule: type[Rule]) -> int:
    return len(list((ROOT / "tests" / "mistakes" / rule.name).glob("wrong_*.py")))


if __name__ == "__main__":
    write()
