"""Records are numbered without gaps, durable after a commit, and cut where a resume begins."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retorch.errors import RunFolderError, UsageError
from retorch.recorder import Recorder, _recorder
from retorch.runs import RunFolder, RunInfo, list_runs, read_metrics, read_sessions


def log(recorder, *values, step=0):
    for value in values:
        recorder.log({"loss": value}, step=step, epoch=0, phase="train")


def values_in(folder):
    return [row.value for row in read_metrics(folder.path)]


def test_records_are_numbered_from_zero_in_the_order_they_were_logged(folder, recorder):
    recorder.log({"loss": 0.5, "accuracy": 1}, step=3, epoch=1, phase="validation")
    log(recorder, 0.25, step=4)
    recorder.commit()
    assert [tuple(row) for row in read_metrics(folder.path)] == [
        (0, 3, 1, "validation", "loss", 0.5),
        (1, 3, 1, "validation", "accuracy", 1),
        (2, 4, 0, "train", "loss", 0.25),
    ]


def test_the_count_includes_what_is_only_in_memory(recorder):
    log(recorder, 1, 2, 3)
    assert recorder.records == 3


def test_the_next_start_goes_on_counting(folder):
    for first in (0, 3):
        with Recorder(folder) as recorder:
            assert recorder.records == first
            log(recorder, 1, 2, 3)
    assert [row.record for row in read_metrics(folder.path)] == list(range(6))


def test_readers_see_records_on_a_schedule_without_a_commit(folder, monkeypatch):
    clock = iter([0.0, 1.0, 1.9, 2.1, 2.1, 2.2])
    monkeypatch.setattr(_recorder.time, "monotonic", lambda: next(clock, 9.0))
    recorder = Recorder(folder)
    log(recorder, 1, 2)
    assert values_in(folder) == []
    log(recorder, 3)
    assert values_in(folder) == [1, 2, 3]
    log(recorder, 4)
    assert values_in(folder) == [1, 2, 3]
    recorder.close()


@given(st.lists(st.sampled_from(["log", "commit", "cut", "reopen"]), max_size=12), st.data())
def test_any_history_of_logs_cuts_and_restarts_leaves_the_records_that_remain(tmp_path_factory, history, data):
    path = tmp_path_factory.mktemp("run")
    with RunFolder.create_or_open(path, RunInfo.new(seed=1, threads=1)) as folder:
        recorder, expected = Recorder(folder), []
        for number, action in enumerate(history):
            if action == "log":
                log(recorder, number, number + 0.5)
                expected += [number, number + 0.5]
            elif action == "commit":
                recorder.commit()
            elif action == "cut":
                end = data.draw(st.integers(0, len(expected)))
                recorder.cut(end, steps=0, states=0)
                del expected[end:]
            else:
                recorder.close()
                recorder = Recorder(folder)
            assert recorder.records == len(expected)
        recorder.close()
    assert [(row.record, row.value) for row in read_metrics(path)] == list(enumerate(expected))


def test_a_cut_beyond_the_end_says_that_records_were_lost(recorder):
    log(recorder, 1, 2)
    with pytest.raises(
        RunFolderError, match=r"holds 2 records, and the checkpoint was saved after 5: the file was del"
    ):
        recorder.cut(5, steps=0, states=0)
    assert recorder.records == 2


KILLED = """
import os, sys
from retorch.recorder import Recorder
from retorch.runs import RunFolder, RunInfo
folder = RunFolder.create_or_open(sys.argv[1], RunInfo.new(seed=7, threads=2))
recorder = Recorder(folder)
recorder.start_session(0)
for step in range(5):
    recorder.log({"loss": step / 2}, step=step, epoch=0, phase="train")
    if step == 2:
        recorder.commit()
os.kill(os.getpid(), 9)
"""


def test_a_killed_run_keeps_what_was_committed_and_the_next_start_notes_the_kill(tmp_path):
    assert subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False).returncode == -signal.SIGKILL
    assert [row.value for row in read_metrics(tmp_path)] == [0, 0.5, 1]
    with RunFolder.open(tmp_path) as folder, Recorder(folder) as recorder:
        assert recorder.records == 3
        assert recorder.start_session(3) == 1
        recorder.end_session("finished")
    first, second = read_sessions(tmp_path)
    assert (first.ending, first.first_step, first.last_step) == ("killed", 0, 2)
    assert (second.ending, second.first_step, second.last_step) == ("finished", 3, None)
    assert first.started <= first.seen <= second.started <= second.seen


FULL_DISK = """
import resource, signal, sys
from retorch.errors import RunFolderError
from retorch.recorder import Recorder
from retorch.runs import RunFolder, RunInfo
folder = RunFolder.create_or_open(sys.argv[1], RunInfo.new(seed=7, threads=2))
recorder = Recorder(folder)
recorder.log({"loss": 0.5}, step=0, epoch=0, phase="train")
recorder.commit()
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
for step in range(1, 20_000):
    recorder.log({"loss": 0.5}, step=step, epoch=0, phase="train")
try:
    recorder.commit()
except RunFolderError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
if sys.argv[2] == "freed":
    recorder.commit()
else:
    import os
    os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize(("then", "left"), [("killed", 1), ("freed", 20_000)])
def test_a_full_disk_is_said_and_loses_nothing_that_was_committed(tmp_path, then, left):
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path, then], check=False, capture_output=True, text=True
    )
    assert "metrics.sqlite: " in done.stdout, done.stderr
    assert "Free some space and start the run again: what was committed before is intact." in done.stdout
    assert len(read_metrics(tmp_path)) == left


def test_a_file_that_is_no_database_is_said(folder):
    folder.metrics.write_bytes(b"not a database" * 100)
    with pytest.raises(RunFolderError, match=r"metrics.sqlite: the database is damaged"):
        Recorder(folder)


def test_a_closed_recorder_takes_nothing(folder):
    recorder = Recorder(folder)
    recorder.close()
    recorder.close()
    for use in (recorder.commit, lambda: log(recorder, 1)):
        with pytest.raises(UsageError, match=r"the recorder of .*run is closed; open the run again"):
            use()


def test_a_closed_run_is_one_file(folder):
    with Recorder(folder) as recorder:
        log(recorder, 1)
        recorder.commit()
        assert len(list(folder.path.glob("metrics.sqlite*"))) == 3
    assert [file.name for file in folder.path.glob("metrics.sqlite*")] == ["metrics.sqlite"]


def test_closing_while_somebody_reads_leaves_them_reading(folder):
    import sqlite3

    recorder = Recorder(folder)
    log(recorder, 1, 2)
    recorder.commit()
    reader = sqlite3.connect(folder.metrics)
    cursor = reader.execute("SELECT value FROM metrics")
    assert cursor.fetchone() == (1,)
    recorder.close()
    assert cursor.fetchone() == (2,)
    reader.close()
    assert values_in(folder) == [1, 2]


def test_one_thread_logs_while_another_commits(folder, recorder):
    stop = threading.Event()

    def commit():
        while not stop.is_set():
            recorder.commit()

    thread = threading.Thread(target=commit)
    thread.start()
    log(recorder, *range(5000))
    stop.set()
    thread.join()
    recorder.commit()
    assert values_in(folder) == list(range(5000))


def test_a_list_of_runs_shows_a_run_that_goes_on(folder, recorder):
    recorder.start_session(0)
    log(recorder, 0.5, step=4)
    recorder.commit()
    (run,) = list_runs(folder.path.parent)
    assert (run.standing, run.steps, run.metrics["train.loss"].last) == ("running", 5, 0.5)


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_commit_syncs_also_what_a_flush_has_written_before(tmp_path):
    code = """
import sys
from retorch.recorder import Recorder
from retorch.runs import RunFolder, RunInfo
recorder = Recorder(RunFolder.create_or_open(sys.argv[1], RunInfo.new(seed=7, threads=2)))
recorder.log({"loss": 0.5}, step=0, epoch=0, phase="train")
recorder.commit()
recorder.log({"loss": 0.5}, step=0, epoch=0, phase="train")
open("/dev/null").close()
recorder._flush()
open("/dev/null").close()
recorder.commit()
open("/dev/null").close()
import os
os._exit(0)
"""
    trace = tmp_path / "trace"
    watch = ["strace", "-f", "-e", "trace=openat,fsync,fdatasync", "-o", str(trace)]
    subprocess.run([*watch, sys.executable, "-c", code, tmp_path / "run"], check=True)
    _, flushing, committing, _ = trace.read_text().split("/dev/null")
    assert "sync(" not in flushing
    assert "sync(" in committing
