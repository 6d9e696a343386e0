"""The report: findings in words, grouped by rule, the gravest first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from retorch.checks._finding import GRADES, Finding, Grade
from retorch.checks._rule import Rule
from retorch.checks.rules import all_rules

_WIDTH = 80
_ONE_AND_MORE: dict[Grade, tuple[str, str]] = {
    "error": ("error", "errors"),
    "warning": ("warning", "warnings"),
    "advice": ("piece of advice", "pieces of advice"),
}


def report(findings: Iterable[Finding], steps: int) -> str:
    """Return the findings as plain text of 80 columns, lines of source aside.

    Args:
        findings: the gravest first.
        steps: how many steps were watched.
    """
    seen = sorted(findings, key=lambda finding: (GRADES.index(finding.grade), finding.rule, finding.file, finding.line))
    groups = [_group(rule, list(members), steps) for rule, members in groupby(seen, key=lambda finding: finding.rule)]
    return "\n\n".join([*groups, _summary(seen, steps)])


def page(rule: type[Rule]) -> str:
    """Return what there is to know about a rule."""
    return f"{rule.name} ({rule.grade})\n\n{rule.page()}"


def overview(rules: Sequence[type[Rule]]) -> str:
    """Return all rules with the first line of their pages, grouped by grade."""
    lines = []
    for grade, members in groupby(rules, key=lambda rule: rule.grade):
        lines += [_ONE_AND_MORE[grade][1], *(_wrapped(f"{rule.name}: {rule.summary()}", 2, 6) for rule in members), ""]
    return "\n".join(lines).rstrip()


def _group(name: str, findings: Sequence[Finding], steps: int) -> str:
    rule = next((rule for rule in all_rules() if rule.name == name), None)
    parts = [f"{findings[0].grade}: {name}", *(_one(finding, steps) for finding in findings)]
    if rule is not None:
        parts.append("\n".join(_knowledge(rule)))
    return "\n\n".join(parts)


def _one(finding: Finding, steps: int) -> str:
    return "\n".join(
        [
            f"  {finding.place}" + (f": {finding.text}" if finding.text else ""),
            _wrapped(_sentence(finding.message), 4),
            _wrapped(f"{_when(finding, steps)}: {finding.evidence}", 4),
            _wrapped(f"Do: {finding.remedy}", 4, 8),
        ]
    )


def _when(finding: Finding, steps: int) -> str:
    """Tell when it was seen; where no optimizer ever stepped there is no before and after."""
    when = f" after step {finding.step}" if finding.step else " before the first step" if steps else ""
    times = f"{finding.count} times" if finding.count > 1 else ""
    return f"Seen{when}{', ' if when and times else ' ' if times else ''}{times}"


def _knowledge(rule: type[Rule]) -> Iterator[str]:
    yield _wrapped(f"Why it matters: {rule.part('Why it matters')}", 2)
    if rule.grade != "error":
        yield _wrapped(f"When it is fine: {rule.part('When it is fine')}", 2)
        yield _wrapped(f"Meant so? Write `# retorch: allow {rule.name}` at the line.", 2)


def _summary(findings: Sequence[Finding], steps: int) -> str:
    counts = [
        f"{count} {_ONE_AND_MORE[grade][count > 1]}"
        for grade in GRADES
        if (count := sum(finding.grade == grade for finding in findings))
    ]
    found = ", ".join(counts) or "Nothing found"
    if not steps:
        return f"{found}. No optimizer was stepped."
    return f"{found} in {steps} {'step' if steps == 1 else 'steps'}."


def _sentence(text: str) -> str:
    # A name such as `cross_entropy` keeps its small letter.
    text = text[:1].upper() + text[1:] if text.partition(" ")[0].isalpha() and " " in text else text
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _wrapped(text: str, indent: int, further: int | None = None) -> str:
    """Wrap each line of a text; a word that is longer than the screen, such as a path, stays whole."""
    further = indent if further is None else further
    return "\n".join(
        textwrap.fill(
            line, _WIDTH, initial_indent=" " * (further if number else indent), subsequent_indent=" " * further,
            break_long_words=False, break_on_hyphens=False,
        )
        for number, line in enumerate(text.splitlines())
    )  # fmt: skip
