"""Commands as a user types them, and one finished run to look at."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from retorch.cli._app import build_app

# One thread and a small model: what is tested here is the command line.
QUICK = ("--threads", "1", "--set", "channels=4")


class Answer:
    """What a command left: exit code, stdout, stderr."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def run_process(*words, cwd, **environment):
    """Run `retorch` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "retorch", *map(str, words)],
        cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout, done.stderr)


def run_here(*words):
    """Run `retorch` in this process, which costs no start of torch."""
    done = CliRunner().invoke(build_app(), list(map(str, words)), prog_name="retorch")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Answer(done.exit_code, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def quick():
    return QUICK


@pytest.fixture
def retorch(tmp_path, monkeypatch):
    """Commands typed in an empty folder; what they change in this process is put back."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    threads, modules = torch.get_num_threads(), set(sys.modules)
    yield run_here
    torch.set_num_threads(threads)
    for name in {"mine", "my"} - modules:
        sys.modules.pop(name, None)


@pytest.fixture
def process(tmp_path):
    return lambda *words, **environment: run_process(*words, cwd=tmp_path, **environment)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A folder in which `retorch train digits` was typed, with the answer that came."""
    folder = tmp_path_factory.mktemp("trained")
    return folder, run_process("train", "digits", "--epochs", "1", *QUICK, cwd=folder)


@pytest.fixture(scope="session")
def digits_run(trained) -> Path:
    """The run folder of that training. Tests that change it take a copy."""
    return trained[0] / "runs" / "digits"
