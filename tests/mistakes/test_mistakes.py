"""Each mistake is named on its line, and its corrected twin is met with silence and gives the same bits."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

from retorch.checks import all_rules, checking
from retorch.randomness import capture, restore

HERE = Path(__file__).parent
WRONG, RIGHT = sorted(HERE.glob("*/wrong_*.py")), sorted(HERE.glob("*/right_*.py"))
MARK = "# <-- the mistake"

name_of = lambda path: f"{path.parent.name}/{path.stem}"  # noqa: E731


@pytest.fixture(autouse=True)
def as_before(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    streams, threads = capture(), torch.get_num_threads()
    torch.set_num_threads(1)  # several test processes on a few cores: for tensors so small more threads only wait
    yield
    restore(streams)
    torch.set_num_threads(threads)
    torch.set_grad_enabled(True)


def run(path):
    return runpy.run_path(str(path), run_name="__main__")["RESULT"]


def check(path):
    with checking() as findings:
        result = run(path)
    return findings, result


@pytest.mark.parametrize("path", WRONG, ids=name_of)
def test_a_mistake_is_named_on_its_line(path):
    findings, _ = check(path)
    text = path.read_text()
    marked = {number for number, line in enumerate(text.splitlines(), 1) if MARK in line}
    rule = path.parent.name
    assert marked, f"{path} marks no line"
    assert {finding.line for finding in findings if finding.rule == rule} == marked, list(findings)
    allowed = {rule, *re.findall(r"# allows: ([\w-]+)", text)}
    others = [finding for finding in findings if finding.rule not in allowed and finding.grade != "advice"]
    assert not others, others


@pytest.mark.parametrize("path", RIGHT, ids=name_of)
def test_a_corrected_script_is_met_with_silence_and_gives_the_same_bits(path):
    before = capture()
    alone = run(path)
    restore(before)
    findings, result = check(path)
    assert not [finding for finding in findings if finding.grade != "advice"], list(findings)
    assert path.parent.name not in findings
    assert same_bits(alone, result), f"{path}: the checker changed the result, or the script is not repeatable"


def test_every_rule_has_two_mistakes_and_their_twins():
    for rule in all_rules():
        folder = HERE / rule.name
        wrong, right = ({p.stem.partition("_")[2] for p in folder.glob(f"{kind}_*.py")} for kind in ("wrong", "right"))
        assert len(wrong) >= 2, f"{rule.name} has {len(wrong)} wrong scripts"
        assert wrong == right, f"{rule.name}: not each wrong script has its corrected twin"


def test_every_folder_is_of_a_rule():
    assert {path.parent.name for path in [*WRONG, *RIGHT]} <= {rule.name for rule in all_rules()}


def test_every_rule_has_its_page():
    for rule in all_rules():
        page = rule.page()
        for part in ("Why it matters:", "When it is fine:", "Wrong:", "Right:"):
            assert part in page, f"{rule.name} does not say {part!r}"


def same_bits(one, other):
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other) or (
            (one.isnan() == other.isnan()).all() and torch.equal(one.nan_to_num(), other.nan_to_num())
        )
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same_bits(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same_bits, one, other))
    return one == other or one != one


@pytest.mark.parametrize("path", sorted((HERE / "silence").glob("*.py")), ids=name_of)
def test_a_script_that_only_looks_wrong_is_met_with_silence(path):
    before = capture()
    alone = run(path)
    restore(before)
    findings, result = check(path)
    assert not [finding for finding in findings if finding.grade != "advice"], list(findings)
    assert same_bits(alone, result)
