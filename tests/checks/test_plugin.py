"""Tests of somebody else's under `--retorch-check`, in processes of their own."""

import subprocess
import sys

import pytest

TESTS = """
import pytest, torch
from torch import nn

@pytest.fixture
def model():
    return nn.Sequential(nn.Linear(4, 8), nn.Dropout(), nn.Linear(8, 2))

def train(model, keep=False):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    best = model.state_dict()
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.ones(4, 4)).sum().backward()
        optimizer.step()
    if keep:
        model.load_state_dict(best)

def test_right(model):
    train(model)

def test_eval(model):
    model.eval()
    train(model)

@pytest.fixture
def trained(model):
    train(model.eval())

def test_wrong(model):
    train(model, keep=True)

def test_wrong_and_failing(model):
    train(model, keep=True)
    assert 1 == 2

def test_fixture(trained):
    pass

def test_fixture_again(trained):
    pass
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "test_mine.py").write_text(TESTS)

    def run(*words):
        # The plug-in is registered where retorch is installed; where it only lies on the path, -p does it.
        plugin = ["-p", "no:retorch", "-p", "retorch.testing._plugin", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *plugin, *words], cwd=tmp_path, capture_output=True, text=True
        )
        return done.stdout

    return run


@pytest.mark.parametrize("words", [[], ["-n", "2"]])
def test_errors_fail_a_test_and_warnings_stand_in_the_summary(run, words):
    out = run("--retorch-check", *words)
    summary = out.partition("= retorch check =")[2]
    assert "2 failed, 4 passed" in out
    assert "FAILED test_mine.py::test_wrong - Failed: retorch check:" in out
    assert "FAILED test_mine.py::test_wrong_and_failing - assert 1 == 2" in out
    assert "error: best-weights-follow-the-training\n\n  test_mine.py:11: best = model.state_dict()" in out
    assert "test_mine.py:11: error best-weights-follow-the-training: " in summary
    assert "test_mine.py:23: warning training-in-eval-mode: Sequential is trained in eval mode\n" in summary
    assert "test_mine.py:28: warning training-in-eval-mode: Sequential is trained in eval mode (in 2 tests)" in summary


def test_nothing_is_checked_unless_asked(run):
    out = run()
    assert "1 failed, 5 passed" in out
    assert "retorch check" not in out


def test_a_pytest_without_it_loads_no_torch():
    program = "import sys, retorch.testing._plugin; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_checked_test_that_is_skipped_or_broken_ends_as_it_would(tmp_path, run):
    (tmp_path / "test_mine.py").write_text(
        "import pytest\n"
        "@pytest.fixture\ndef broken(): raise ValueError('broken')\n"
        "def test_broken(broken): pass\n"
        "def test_skipped(): pytest.skip('not now')\n"
        "@pytest.mark.skip\ndef test_never(): pass\n"
        "def test_right(): pass\n"
    )
    assert "1 passed, 2 skipped, 1 error" in run("--retorch-check")
