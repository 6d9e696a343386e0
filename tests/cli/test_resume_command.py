"""`retorch resume`: from what the folder says."""

import json
import shutil
import subprocess
import sys

import pytest

from retorch.cli._resume import words_to_run
from retorch.runs import Command, read_info

SCRIPT = """
import sys
import retorch, torch
retorch.seed_everything(3)
model = torch.nn.Linear(2, 1)
run = retorch.Run("runs/script", model=model, threads=1)
for epoch in run.epochs(2):
    for inputs in run.steps([torch.ones(4, 2)] * 3):
        run.log(mean=model(inputs).mean())
        if run.step == 4 and not run.resumed:
            sys.exit("pulled the plug")
print("whole", run.step, sys.argv[1:])
"""


def change_command(run, **changes):
    file = run / "run.json"
    facts = json.loads(file.read_text())
    facts["command"] |= changes
    file.write_text(json.dumps(facts))


def test_a_run_that_was_moved_goes_on_with_its_own_options(digits_run, retorch, tmp_path):
    shutil.copytree(digits_run, tmp_path / "elsewhere")
    answer = retorch("resume", "elsewhere", "--json")
    assert answer.code == 0
    result = json.loads(answer.out)
    assert (result["recipe"], result["steps"]) == ("digits", 45)
    assert result["run"].endswith("elsewhere")


def test_a_built_in_recipe_is_found_on_another_machine(digits_run, retorch, tmp_path):
    run = shutil.copytree(digits_run, tmp_path / "moved")
    assert read_info(run).command.recipe.endswith("retorch/recipes/digits.py")
    change_command(run, recipe="/nowhere/site-packages/retorch/recipes/digits.py")
    assert retorch("resume", "moved", "--quiet").code == 0


def test_a_recipe_whose_file_has_gone_is_named(digits_run, retorch, tmp_path):
    run = shutil.copytree(digits_run, tmp_path / "moved")
    change_command(run, recipe="/nowhere/mine.py")
    answer = retorch("resume", run)
    assert answer.code == 2
    assert f"{run} was made with the recipe /nowhere/mine.py, which is not there" in answer.err
    assert f"retorch train FILE --run {run}" in answer.err


def test_a_script_is_started_again_with_its_words_in_its_folder(process, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "script.py").write_text(SCRIPT)
    first = subprocess.run(
        [sys.executable, "script.py", "--word", "a b"], cwd=home, capture_output=True, text=True, check=False
    )
    assert "pulled the plug" in first.stderr
    answer = process("resume", home / "runs" / "script")
    assert answer.code == 0
    assert answer.out == "whole 6 ['--word', 'a b']\n"
    assert f"(in {home})" in answer.err


def test_a_script_decides_itself_what_it_shows(digits_run, retorch, tmp_path):
    run = shutil.copytree(digits_run, tmp_path / "script")
    change_command(run, recipe=None)
    answer = retorch("resume", run, "--json")
    assert (answer.code, "leave --quiet and --json" in answer.err) == (2, True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"argv": ["python", "-m", "ipykernel_launcher", "-f", "x.json"]}, "was made in a notebook"),
        ({"cwd": "/nowhere"}, "was made in /nowhere, which cannot be entered"),
    ],
)
def test_what_cannot_be_started_again_is_said(digits_run, retorch, tmp_path, changes, message):
    run = shutil.copytree(digits_run, tmp_path / "script")
    change_command(run, recipe=None, **changes)
    answer = retorch("resume", run)
    assert answer.code == 2
    assert message in answer.err


def test_the_recorded_words_run_under_the_python_of_today():
    today = sys.executable
    for first in ("python3.11", "/old/bin/python"):
        assert words_to_run(Command(argv=(first, "a.py", "x"), cwd="/")) == [today, "a.py", "x"]
    assert words_to_run(Command(argv=("/old/bin/retorch", "train"), cwd="/")) == [today, "/old/bin/retorch", "train"]


@pytest.mark.parametrize(("name", "message"), [("nothing", "is not a run"), (".", "is not a run")])
def test_a_folder_without_a_run_is_told(retorch, tmp_path, name, message):
    answer = retorch("resume", tmp_path / name)
    assert answer.code == 2
    assert message in answer.err
