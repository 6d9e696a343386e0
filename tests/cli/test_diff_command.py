"""`retorch diff`, as it is typed. What is found is made by hand here; that it is right is tested in tests/comparison."""

import importlib
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.comparison.hand_made import AGREE, NOTHING, PART

from retorch.comparison._text import describe
from retorch.runs import RunFolder, RunInfo


@pytest.fixture
def runs(retorch, tmp_path):
    """Two run folders in the current one, without a record."""
    for name in ("a", "b"):
        RunFolder.create_or_open(tmp_path / "runs" / name, RunInfo.new(seed=7, threads=1)).close()
    return ("runs/a", "runs/b")


@pytest.fixture
def finding(monkeypatch):
    """Let the comparison of any two runs be a given one; returns what was asked."""

    def finding(comparison):
        asked = []

        def examine(a, b, *, replay=None):
            asked.append((str(a), str(b), replay))
            return comparison

        monkeypatch.setattr(importlib.import_module("retorch.cli._diffing_runs"), "examine", examine)
        return asked

    return finding


@pytest.mark.parametrize(("comparison", "code"), [(AGREE, 0), (PART, 1), (NOTHING, 2)])
@pytest.mark.parametrize("words", [(), ("--json",)])
def test_the_exit_code_says_whether_the_runs_agree(retorch, runs, finding, comparison, code, words):
    finding(comparison)
    assert retorch("diff", *runs, *words).code == code


def test_the_verdict_comes_first_on_stdout(retorch, runs, finding):
    finding(PART)
    answer = retorch("diff", *runs)
    assert answer.out.startswith("They part at step 57 (epoch 2), in the backward pass of model.net.2.\n  when ")
    assert answer.err == ""


def test_json_is_all_that_is_on_stdout(retorch, runs, finding):
    finding(PART)
    answer = json.loads(retorch("diff", *runs, "--json").out)
    assert answer["agree"] is False
    assert (answer["first"]["step"], answer["first"]["phase"], answer["first"]["line"]) == (57, "backward", 31)


@pytest.mark.parametrize(("words", "replay"), [((), None), (("--replay",), True), (("--no-replay",), False)])
def test_a_replay_is_asked_for_or_forbidden(retorch, runs, finding, words, replay):
    asked = finding(AGREE)
    retorch("diff", *runs, *words)
    assert asked == [("runs/a", "runs/b", replay)]


def test_the_page_is_written_beside_the_answer(retorch, runs, finding, tmp_path):
    finding(PART)
    answer = retorch("diff", *runs, "--html", "difference.html")
    assert answer.code == 1
    assert answer.out.startswith("They part")
    assert answer.err == "written: difference.html\n"
    assert (tmp_path / "difference.html").read_text("utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("page.txt", "page.txt ends in '.txt'; name a file that ends in .html"),
        (
            "nowhere/page.html",
            "cannot write nowhere/page.html: there is no folder nowhere; make it first, or name another",
        ),
    ],
)
def test_a_page_that_cannot_be_written_is_told_before_anything_is_compared(retorch, runs, finding, file, message):
    asked = finding(PART)
    answer = retorch("diff", *runs, "--html", file)
    assert (answer.code, answer.out, answer.err) == (2, "", f"retorch: {message}\n")
    assert asked == []


def test_a_folder_in_place_of_the_page_is_wrong_use(retorch, runs, finding, tmp_path):
    finding(PART)
    (tmp_path / "page.html").mkdir()
    answer = retorch("diff", *runs, "--html", "page.html")
    assert answer.code == 2
    assert "cannot write the file: Is a directory: " in answer.err


def test_a_folder_that_is_no_run_is_named(retorch, runs, tmp_path):
    (tmp_path / "empty").mkdir()
    answer = retorch("diff", "runs/a", "empty")
    assert answer.code == 2
    assert answer.err.startswith("retorch: ")
    assert "empty" in answer.err


def test_a_folder_that_is_not_there_is_named(retorch, runs):
    answer = retorch("diff", "runs/a", "runs/c")
    assert answer.code == 2
    assert answer.err == "retorch: there is no run folder runs/c; name two run folders, or two models as FILE.py:NAME\n"


@pytest.mark.parametrize("again", ["runs/a", "./runs/../runs/a", "link"])
def test_the_same_folder_twice_is_wrong_use(retorch, runs, tmp_path, again):
    (tmp_path / "link").symlink_to("runs/a")
    answer = retorch("diff", "runs/a", again)
    assert answer.code == 2
    assert "are the same folder, and a run agrees with itself; name two runs" in answer.err


def test_a_damaged_run_is_named(retorch, runs, tmp_path):
    (tmp_path / "runs" / "b" / "run.json").write_text("{")
    answer = retorch("diff", *runs)
    assert answer.code == 2
    assert "runs/b" in answer.err


def test_a_copy_of_a_run_is_another_run(retorch, runs, finding, tmp_path):
    shutil.copytree(tmp_path / "runs" / "a", tmp_path / "copy")
    finding(AGREE)
    assert retorch("diff", "runs/a", "copy").code == 0


@pytest.mark.parametrize(
    ("words", "batch"),
    [
        (("a.py:Net", "b.py:Net"), None),
        (("a.py:Net", "saved.pt"), None),
        (("runs/a", "b.py:Net", "--batch", "x.pt"), "x.pt"),
    ],
)
def test_models_are_handed_over(retorch, runs, monkeypatch, words, batch):
    asked = []

    def diff_models(a, b, **options):
        asked.append((a, b, options))
        return 1

    monkeypatch.setattr("retorch.cli._diffing_models.diff_models", diff_models)
    assert retorch("diff", *words, "--ulp", "4", "--train").code == 1
    [(a, b, options)] = asked
    assert (a, b) == words[:2]
    assert (options["batch"], options["ulp"], options["train"], options["backward"]) == (batch, 4, True, False)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("runs/a", "runs/b", "--ulp", "3"),
            "--ulp is for two models, and these are runs; name models as FILE.py:NAME",
        ),
        (("runs/a", "runs/b", "--train"), "--train is for two models, and these are runs; name models as FILE.py:NAME"),
        (("a.py:Net", "b.py:Net", "--html", "page.html"), "--html is for two runs, and these are models"),
        (("a.py:Net", "b.py:Net", "--no-replay"), "--replay is for two runs, and these are models"),
    ],
)
def test_an_option_that_would_change_nothing_is_wrong_use(retorch, runs, words, message):
    answer = retorch("diff", *words)
    assert (answer.code, answer.err) == (2, f"retorch: {message}\n")


ON_A_TERMINAL = """
import sys
from tests.comparison.hand_made import AGREE, PART
from retorch.cli import _diffing_runs
_diffing_runs._print({"agree": AGREE, "part": PART}[sys.argv[1]])
"""


def on_a_terminal(name, **environment):
    ours, theirs = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-c", ON_A_TERMINAL, name], cwd=Path(__file__).parents[2], stdout=theirs, stderr=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "40", **environment},
    )  # fmt: skip
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 1 << 16):
            said += piece
    except OSError:  # Linux says so that the other end is closed
        pass
    assert done.wait() == 0, done.stderr.read()
    done.stderr.close()
    os.close(ours)
    return said.decode().replace("\r\n", "\n")


def test_on_a_terminal_headings_stand_out_and_the_words_are_the_same():
    said = on_a_terminal("part", NO_COLOR="")
    assert said.startswith("\x1b[1;31mThey part at step 57 (epoch 2), in the backward pass of model.net.2.\x1b[0m\n")
    assert re.sub(r"\x1b\[[\d;]*m", "", said) == describe(PART) + "\n"
    assert on_a_terminal("agree", NO_COLOR="").startswith("\x1b[1;32mThe runs agree")
