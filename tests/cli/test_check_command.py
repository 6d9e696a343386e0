"""`retorch check`, as it is typed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TRAINING = """
import sys
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
{before}
for step in range(4):
    optimizer.zero_grad()
    loss = model(torch.ones(3, 4)).square().mean()
    loss.backward()
    optimizer.step()
print("arguments", sys.argv[1:])
{after}
"""
INTERRUPTED = "retorch: train.py was interrupted; this is what was found until then\n"
CLEAN = {"before": "", "after": ""}
ERROR = {"before": "best = model.state_dict()", "after": "model.load_state_dict(best)"}
WARNING = {"before": "model.eval()", "after": ""}


@pytest.fixture
def check(retorch, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def check(parts, *words, behind=(), before="", after=""):
        lines = TRAINING.format(before=parts["before"] + before, after=parts["after"] + after)
        (tmp_path / "train.py").write_text(lines)
        return retorch("check", *words, "train.py", *behind)

    return check


@pytest.mark.parametrize(
    ("parts", "words", "code"),
    [
        (CLEAN, [], 0),
        (CLEAN, ["--strict"], 0),
        (WARNING, [], 0),
        (WARNING, ["--strict"], 1),
        (ERROR, [], 1),
        (ERROR, ["--select", "training-in-eval-mode"], 0),
        (ERROR, ["--allow", "best-weights-follow-the-training"], 0),
        (WARNING, ["--strict", "--allow", "training-in-eval-mode"], 0),
    ],
)
def test_findings_decide_the_exit_code(check, parts, words, code):
    assert check(parts, *words).code == code


def test_the_report_comes_last_on_stdout_behind_what_the_script_prints(check):
    answer = check(ERROR)
    printed, _, report = answer.out.partition("\n\n")
    assert printed == "arguments []"
    assert report.startswith("error: best-weights-follow-the-training\n\n  train.py:9: best = model.state_dict()\n")
    assert report.endswith("1 error in 4 steps.\n")
    assert answer.err == ""


def test_what_stands_behind_the_script_is_the_scripts(check):
    answer = check(CLEAN, "--steps", "1", behind=["--epochs", "3", "--json", "--", "-h"])
    assert "arguments ['--epochs', '3', '--json', '--', '-h']" in answer.out
    assert answer.out.endswith("\nNothing found in 4 steps.\n")


def test_json_is_last_on_stdout(check):
    answer = check(WARNING, "--json")
    first, _, rest = answer.out.partition("\n")
    assert first == "arguments []"
    [finding] = json.loads(rest)["findings"]
    assert {"rule", "grade", "file", "line", "step", "message", "evidence", "remedy", "count"} <= set(finding)
    assert (finding["rule"], finding["file"], finding["line"]) == ("training-in-eval-mode", "train.py", 9)


def test_sarif_is_written_where_it_was_asked_also_when_the_script_goes_elsewhere(check, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    check(ERROR, "--sarif", "found.sarif", before="; import os; os.chdir('elsewhere')")
    log = json.loads((tmp_path / "found.sarif").read_text())
    [result] = log["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "train.py"


def test_a_sarif_file_that_cannot_be_written_is_told_before_the_script_runs(check):
    answer = check(CLEAN, "--sarif", "nowhere/found.sarif")
    assert (answer.code, answer.out) == (2, "")
    assert "cannot be written" in answer.err


def test_a_script_that_fails_shows_its_traceback_with_the_note_and_the_findings_up_to_there(check):
    answer = check(ERROR, after="\nmodel(torch.ones(3, 5))")
    assert answer.code == 1
    lines = answer.err.splitlines()
    assert lines[:2] == ["Traceback (most recent call last):", f'  File "{Path.cwd()}/train.py", line 17, in <module>']
    assert "RuntimeError: mat1 and mat2 shapes cannot be multiplied (3x5 and 4x8)" in lines
    assert "retorch: train.py:17: model(torch.ones(3, 5)), in model.0 (Linear), by torch.nn.functional.linear" in lines
    assert "retorch/checks/" not in answer.err
    assert "retorch/explanations/" not in answer.err
    assert "1 error in 4 steps." in answer.out


def test_a_failing_script_without_findings_leaves_with_1(check):
    answer = check(CLEAN, after="\nraise ValueError('mine')")
    assert answer.code == 1
    assert answer.err.endswith("ValueError: mine\n")
    assert "Nothing found in 4 steps." in answer.out


def test_a_script_that_is_no_python_is_told_as_python_tells_it(retorch, tmp_path):
    (tmp_path / "train.py").write_text("def")
    answer = retorch("check", "train.py")
    assert answer.code == 1
    assert answer.err.startswith(f'  File "{tmp_path}/train.py", line 1\n    def\n')


def test_an_error_with_a_cause_shows_both(check):
    answer = check(CLEAN, after="\ntry:\n    model(torch.ones(3, 5))\nexcept RuntimeError as error:\n    raise ValueError('mine') from error")  # fmt: skip
    assert "The above exception was the direct cause of the following exception" in answer.err
    assert "retorch/checks/" not in answer.err


def test_a_hook_that_the_script_sets_shows_its_errors(check):
    answer = check(
        CLEAN, before="sys.excepthook = lambda kind, error, trace: print('mine:', kind.__name__, trace.tb_lineno)",
        after="\nraise ValueError",
    )  # fmt: skip
    assert "mine: ValueError 17" in answer.out
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("end", "parts", "code", "words"),
    [
        ("sys.exit()", CLEAN, 0, ""),
        ("sys.exit(0)", CLEAN, 0, ""),
        ("sys.exit(7)", CLEAN, 7, "retorch: train.py left with sys.exit(7)\n"),
        ("sys.exit(7)", ERROR, 1, "retorch: train.py left with sys.exit(7)\n"),
        ("sys.exit(7)", WARNING, 7, "retorch: train.py left with sys.exit(7)\n"),
        ("sys.exit('no data')", CLEAN, 1, "no data\n"),
        ("raise KeyboardInterrupt", CLEAN, 130, INTERRUPTED),
    ],
)
def test_how_the_script_leaves_counts_where_nothing_was_found(check, end, parts, code, words):
    answer = check(parts, after=f"\n{end}")
    assert (answer.code, answer.err) == (code, words)
    assert "in 4 steps." in answer.out


def test_ctrl_c_comes_to_the_script_first(tmp_path):
    (tmp_path / "train.py").write_text(
        "import time\ntry:\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    print('saved')\n    raise\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "retorch", "check", "train.py"], cwd=tmp_path, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "saved\n\nNothing found. No optimizer was stepped.\n")
    assert "interrupted" in err


def test_a_module_is_run_as_python_does_it(retorch, tmp_path, process):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "data.py").write_text("word = 'relative'")
    (package / "train.py").write_text("import sys\nfrom .data import word\nprint(word, sys.argv[1:])")
    answer = process("check", "-m", "package.train", "--lr", "1")
    assert (answer.code, answer.out) == (0, "relative ['--lr', '1']\n\nNothing found. No optimizer was stepped.\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "name the script to check, such as `retorch check train.py`"),
        (["nothing.py"], "there is no script 'nothing.py'"),
        (["."], ". is a folder; name the script in it"),
        (["-m", "nothing.there"], "there is no module 'nothing.there'"),
        (["--allow", "evil", "x.py"], "there is no check 'evil'"),
        (["--select", "training-in-evil-mode", "x.py"], "did you mean training-in-eval-mode?"),
        (["--explain", "evil"], "there is no check 'evil'"),
        (["--steps", "-1", "x.py"], "Invalid value for '--steps'"),
    ],
)
def test_wrong_use_leaves_with_2(retorch, words, message):
    answer = retorch("check", *words)
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err


def test_a_page_is_explained_and_without_a_name_all_are_listed(retorch):
    answer = retorch("check", "--explain", "training-in-eval-mode")
    assert answer.code == 0
    assert answer.out.startswith("training-in-eval-mode (warning)\n\nA model is trained while it is in eval mode.\n")
    assert "Why it matters: dropout is off" in answer.out
    listed = retorch("check", "--explain").out
    assert "  best-weights-follow-the-training: " in listed
    assert listed.startswith("errors\n")


def test_a_training_of_retorch_itself_is_met_with_silence(tmp_path):
    """`retorch train digits --epochs 1` under `retorch check`."""
    (tmp_path / "train.py").write_text(
        "import sys\nfrom retorch.cli import main\n"
        "sys.argv = ['retorch', 'train', 'digits', '--epochs', '1', '--threads', '1', '--quiet', '--set', 'channels=4']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "retorch", "check", "--json", "train.py"], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    found = json.loads(done.stdout[done.stdout.index("{") :])["findings"]
    assert [one for one in found if one["grade"] != "advice"] == []
    assert done.returncode == 0
