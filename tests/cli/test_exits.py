"""Every way out has its exit code and its words."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from retorch.cli._exits import ExitCode, exits
from retorch.errors import CheckpointDamaged, RunBusy, RunInterrupted


def leave(action):
    """Run a command that does one thing and return how it left."""
    app = typer.Typer()

    def command() -> ExitCode:
        return action()

    app.command()(exits(command))
    return CliRunner().invoke(app, [])


def failing(error):
    def action():
        raise error

    return action


@pytest.mark.parametrize(
    ("action", "code", "words"),
    [
        (lambda: ExitCode.CLEAN, 0, ""),
        (lambda: ExitCode.FOUND, 1, ""),
        (failing(CheckpointDamaged("a.bin is damaged")), 1, "retorch: a.bin is damaged\n"),
        (failing(RunBusy("process 7 works in it")), 2, "retorch: process 7 works in it\n"),
        (failing(RunInterrupted("stopped, saved", 15)), 143, "retorch: stopped, saved\n"),
        (failing(KeyboardInterrupt()), 130, "retorch: interrupted at once; the same command goes on from what was"),
    ],
)
def test_each_end_has_its_code(action, code, words):
    done = leave(action)
    assert done.exit_code == code
    assert done.stderr.startswith(words)
    assert done.stdout == ""


def test_a_bug_of_ours_is_short_on_the_screen_and_whole_in_a_log(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    done = leave(failing(LookupError("nobody expected this")))
    assert done.exit_code == 3
    assert done.stderr.startswith("retorch: this is a bug of retorch, not yours: LookupError: nobody expected this\n")
    log = Path(re.search(r"whole story is in (\S+);", done.stderr)[1])
    assert log.parent == tmp_path
    text = log.read_text()
    assert "Traceback (most recent call last)" in text
    assert "torch 2." in text


def test_a_bug_that_cannot_be_logged_is_told_whole(monkeypatch):
    monkeypatch.setattr("tempfile.mkstemp", failing_on_call(OSError("disk full")))
    done = leave(failing(LookupError("nobody expected this")))
    assert done.exit_code == 3
    assert "Traceback" in done.stderr


def failing_on_call(error):
    def call(*_, **__):
        raise error

    return call


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_reader_that_has_gone_is_no_failure(digits_run, stream):
    reader, writer = os.pipe()
    os.close(reader)
    other = {"stdout": "stderr", "stderr": "stdout"}[stream]
    where = digits_run.parent if stream == "stdout" else digits_run.parent.parent / "trained-nothing"
    where.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "retorch", "runs", str(where)], **{stream: writer, other: subprocess.PIPE}, check=False
    )
    os.close(writer)
    assert (done.returncode, getattr(done, other)) == (0, b"")
