"""What is said about findings: for people, for programs, for hosts of code."""

import json

import pytest
import torch
from checked_training import EachError, EachStep, checker, network, train
from torch import nn

from retorch.checks import Finding, Findings, all_rules, overview, page, to_sarif


@pytest.fixture
def findings():
    with checker(EachStep, EachError) as watching:
        train(network(), steps=3)
    return watching.findings


def test_the_report_names_place_line_evidence_and_remedy_once_with_a_count(findings):
    text = str(findings)
    place = findings[0].place
    assert text.count(f"{place}: optimizer.step()\n    A step is done.\n") == 2
    assert "    Seen after step 1, 3 times: step 1\n    Do: do not step" in text
    assert text.endswith("\n\n1 error, 1 warning in 3 steps.")


def test_the_gravest_come_first(findings):
    assert [finding.grade for finding in findings] == ["error", "warning"]
    assert str(findings).startswith("error: each-error\n")
    assert str(findings).index("error: each-error") < str(findings).index("warning: each-step")


def test_the_report_says_why_it_matters_and_how_to_allow_it():
    with torch.random.fork_rng():
        model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(), nn.Linear(8, 2)).eval()
        with checker(*all_rules()) as watching:
            train(model)
    text = str(watching.findings)
    assert "Why it matters: dropout is off" in text
    assert "When it is fine: fine-tuning" in text
    assert "Write `# retorch: allow training-in-eval-mode` at the line." in text
    assert max(len(line) for line in text.splitlines() if "model" not in line) <= 80


def test_silence_says_how_much_was_seen():
    with checker(*all_rules()) as watching:
        train(network(), steps=2)
    assert str(watching.findings) == "Nothing found in 2 steps."
    assert not watching.findings


def test_a_long_path_stays_whole():
    findings = Findings()
    path = "/".join(["folder"] * 20) + "/train.py"
    findings.add(Finding("x", "error", path, 7, "loss.backward()", 0, "it is wrong", f"see {path}:7", "stop"))
    assert f"  {path}:7: loss.backward()" in str(findings)
    assert f"{path}:7\n    Do: stop" in str(findings)


def test_a_remedy_of_several_lines_keeps_them():
    findings = Findings()
    findings.add(Finding("x", "error", "t.py", 7, "", 0, "wrong", "seen", "- loss.backward()\n+ loss.sum().backward()"))
    assert "    Do: - loss.backward()\n        + loss.sum().backward()" in str(findings)


def test_findings_are_plain_values_for_programs(findings):
    [error, _] = json.loads(json.dumps(findings.to_dict()))["findings"]
    assert set(error) >= {"rule", "grade", "file", "line", "step", "message", "evidence", "remedy", "count"}
    assert (error["rule"], error["grade"], error["count"], error["step"]) == ("each-error", "error", 3, 1)


def test_a_page_is_all_that_is_known_and_the_overview_names_every_rule():
    text = overview(all_rules())
    for rule in all_rules():
        assert rule.page() in page(rule)
        assert f"  {rule.name}: " in text
    assert text.index("errors\n") < text.index("warnings\n")


def test_a_part_of_a_page_is_one_line():
    assert EachStep.summary() == "Something is wrong with each step."
    assert EachStep.part("Why it matters") == "steps are what a training is made of."
    assert EachStep.part("Reported") == ""


def test_every_page_has_short_lines_and_its_parts():
    for rule in all_rules():
        for name in ("Why it matters", "When it is fine", "Wrong", "Right"):
            assert rule.part(name), f"{rule.name}: {name}"
        assert rule.summary().endswith("."), rule.name


def test_sarif_has_what_its_schema_demands(findings):
    log = json.loads(json.dumps(to_sarif(findings, [EachError, EachStep])))
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "retorch"
    assert [rule["id"] for rule in driver["rules"]] == ["each-error", "each-step"]
    assert [rule["defaultConfiguration"]["level"] for rule in driver["rules"]] == ["error", "warning"]
    for rule in driver["rules"]:
        assert all(rule[part]["text"] for part in ("shortDescription", "fullDescription", "help"))
    for result, level in zip(run["results"], ["error", "warning"], strict=True):
        assert result["level"] == level
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"].startswith("a step is done. Seen: step 1. Do: do not step")
        assert result["occurrenceCount"] == 3
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "train.py"
        assert place["region"] == {"startLine": findings[0].line, "snippet": {"text": "optimizer.step()"}}


def test_sarif_knows_relative_absolute_and_no_paths():
    findings = Findings()
    for number, file in enumerate(["my train.py", "/else/where.py", "<stdin>"]):
        findings.add(Finding("x", "advice", file, number, "", 0, "m", "e", "r"))
    results = to_sarif(findings, [])["runs"][0]["results"]
    places = [result.get("locations", [{}])[0].get("physicalLocation") for result in results]
    assert places[0] == {"artifactLocation": {"uri": "my%20train.py", "uriBaseId": "%SRCROOT%"}}
    assert places[1] == {
        "artifactLocation": {"uri": "file:///else/where.py"}, "region": {"startLine": 1, "snippet": {"text": ""}},
    }  # fmt: skip
    assert places[2] is None
    assert {result["level"] for result in results} == {"note"}
    assert all("ruleIndex" not in result for result in results)


def test_a_fingerprint_stays_when_lines_move():
    def fingerprint(line, text):
        findings = Findings()
        findings.add(Finding("x", "error", "t.py", line, text, 0, "m", "e", "r"))
        return to_sarif(findings, [])["runs"][0]["results"][0]["partialFingerprints"]

    assert fingerprint(3, "loss.backward()") == fingerprint(9, "loss.backward()") != fingerprint(3, "loss.sum()")
