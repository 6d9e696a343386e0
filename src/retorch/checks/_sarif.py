"""Findings in SARIF 2.1.0, the form in which hosts of code show the results of analyses.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

import retorch
from retorch.checks._finding import Finding, Grade
from retorch.checks._rule import Rule

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: dict[Grade, str] = {"error": "error", "warning": "warning", "advice": "note"}


def to_sarif(findings: Iterable[Finding], rules: Sequence[type[Rule]]) -> dict[str, Any]:
    """Return findings as one run of SARIF, with the page of every rule that was asked."""
    numbers = {rule.name: number for number, rule in enumerate(rules)}
    driver = {"name": "retorch", "version": retorch.__version__, "rules": [_rule(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, numbers) for finding in findings],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: type[Rule]) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.summary()},
        "fullDescription": {"text": rule.part("Why it matters") or rule.summary()},
        "help": {"text": rule.page(), "markdown": rule.page()},
        "defaultConfiguration": {"level": _LEVELS[rule.grade]},
    }


def _result(finding: Finding, numbers: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.grade],
        "message": {"text": f"{finding.message}. Seen: {finding.evidence}. Do: {finding.remedy}"},
        "occurrenceCount": finding.count,
        "partialFingerprints": {"ruleAndLine/v1": _fingerprint(finding)},
        "properties": {"step": finding.step},
    }
    if finding.rule in numbers:
        result["ruleIndex"] = numbers[finding.rule]
    if not finding.file.startswith("<"):
        result["locations"] = [{"physicalLocation": _location(finding)}]
    return result


def _location(finding: Finding) -> dict[str, Any]:
    path = PurePath(finding.file)
    if path.is_absolute():
        place: dict[str, Any] = {"artifactLocation": {"uri": path.as_uri()}}
    else:  # a path of the repository, and the host knows where that is
        place = {"artifactLocation": {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}}
    if finding.line:
        place["region"] = {"startLine": finding.line, "snippet": {"text": finding.text}}
    return place


def _fingerprint(finding: Finding) -> str:
    """Return what stays the same when lines above are added or taken away."""
    return hashlib.sha256(f"{finding.rule}\n{finding.file}\n{finding.text}".encode()).hexdigest()[:32]
