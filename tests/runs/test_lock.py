"""One run folder, one process at work; a kill frees it at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from retorch.errors import RunBusy, RunFolderError
from retorch.runs import RunFolder, find_holder

HOLDER = """
import os, sys
from retorch.runs import RunFolder, RunInfo
folder = RunFolder.create_or_open(sys.argv[1], RunInfo.new(seed=7, threads=2))
if sys.argv[2] == "fork" and os.fork() == 0:
    print("child", os.getpid(), flush=True)
    sys.stdin.read()
    os._exit(0)
if sys.argv[2] == "stay":
    print("ready", flush=True)
if sys.argv[2] != "exit":
    sys.stdin.read()
"""


def start_holder(path, what):
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, path, what], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


OBSERVER = """
import sys
from pathlib import Path
from retorch.runs import find_holder
print(find_holder(Path(sys.argv[1], "run.lock")).pid)
"""


def holder_seen_from_outside(path):
    return int(subprocess.check_output([sys.executable, "-c", OBSERVER, path]))


@pytest.fixture
def holder(tmp_path):
    with start_holder(tmp_path / "run", "stay") as process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_a_second_process_is_told_who_works_there(holder, tmp_path, info):
    message = rf"run is in use by process {holder.pid} on {os.uname().nodename} since 20\d\d-.*; wait until it ends"
    with pytest.raises(RunBusy, match=message):
        RunFolder.create_or_open(tmp_path / "run", info)


def test_a_kill_frees_the_folder(holder, tmp_path, info):
    holder.kill()
    holder.wait()
    RunFolder.create_or_open(tmp_path / "run", info).close()


def test_an_ordinary_end_without_close_frees_the_folder(tmp_path, info):
    with start_holder(tmp_path / "run", "exit") as process:
        assert process.wait() == 0
    RunFolder.create_or_open(tmp_path / "run", info).close()


def test_a_worker_that_outlives_its_killed_parent_does_not_keep_the_folder(tmp_path, info):
    with start_holder(tmp_path / "run", "fork") as process:
        child = int(process.stdout.readline().split()[1])
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        try:
            os.kill(child, 0)  # the worker is alive
            RunFolder.create_or_open(tmp_path / "run", info).close()
        finally:
            os.kill(child, signal.SIGKILL)


def test_a_second_open_in_the_same_process_is_told_so(folder, info):
    with pytest.raises(RunBusy, match=r"already open in this process, since .*; close that run first, or make it in a"):
        RunFolder.create_or_open(folder.path, info)


def test_a_link_to_the_folder_is_the_same_folder(folder, tmp_path, info):
    (tmp_path / "link").symlink_to(folder.path)
    with pytest.raises(RunBusy, match="link is already open in this process"):
        RunFolder.create_or_open(tmp_path / "link", info)


def test_a_refused_open_leaves_the_lock_with_its_holder(folder, info):
    with pytest.raises(RunBusy):
        RunFolder.create_or_open(folder.path, info)
    find_holder(folder.path / "run.lock")
    assert holder_seen_from_outside(folder.path) == os.getpid()


def test_a_closed_folder_opens_again_in_the_same_process(folder, info):
    folder.close()
    folder.close()
    RunFolder.create_or_open(folder.path, info).close()


def test_a_forgotten_folder_is_freed(tmp_path, info):
    RunFolder.create_or_open(tmp_path, info)
    RunFolder.create_or_open(tmp_path, info).close()


def test_a_failed_open_frees_the_folder(folder, info):
    folder.metrics.touch()
    folder.close()
    good = (folder.path / "run.json").read_bytes()
    (folder.path / "run.json").write_bytes(b"{")
    with pytest.raises(RunFolderError):
        RunFolder.create_or_open(folder.path, info)
    (folder.path / "run.json").write_bytes(good)
    RunFolder.create_or_open(folder.path, info).close()


def test_looking_for_the_holder_takes_nothing(holder, tmp_path):
    lock = tmp_path / "run" / "run.lock"
    assert find_holder(lock).pid == holder.pid
    holder.kill()
    holder.wait()
    assert find_holder(lock) is None
    assert find_holder(tmp_path / "none") is None


def test_a_forked_child_does_not_think_that_it_holds_the_lock(folder):
    child = os.fork()
    if child == 0:
        holder = find_holder(folder.path / "run.lock")
        folder.close()
        os._exit(0 if holder is not None and holder.pid == os.getppid() else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert holder_seen_from_outside(folder.path) == os.getpid()


def test_a_file_system_without_locks_is_a_notice(tmp_path, info, monkeypatch):
    def refuse(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.lockf", refuse)
    with pytest.warns(UserWarning, match=r"cannot lock files \(No locks available\); take care that no second process"):
        RunFolder.create_or_open(tmp_path, info).close()
