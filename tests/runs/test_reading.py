"""What was recorded is read back exactly: while it is written, after a kill, and where nothing may be written."""

from __future__ import annotations

import math
import os
import signal
import sqlite3
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retorch.errors import RunFolderError
from retorch.runs import (
    MetricRow,
    RunFolder,
    RunInfo,
    open_metrics,
    read_metrics,
    read_series,
    read_sessions,
    repeatable_facts,
)

ROWS = [
    (0, 0, "train", "loss", 2.5),
    (1, 0, "train", "loss", float("nan")),
    (1, 0, "validation", "loss", float("inf")),
    (2, 1, "train", "loss", -0.0),
    (2, 1, "train", "count", 2**62 + 1),
]

KILLED_WRITER = """
import os, sys
from pathlib import Path
from retorch.runs import RunFolder, RunInfo, open_metrics
folder = RunFolder.create_or_open(sys.argv[1], RunInfo.new(seed=7, threads=2))
database = open_metrics(folder.metrics)
database.execute("INSERT INTO metrics VALUES (0, 0, 0, 'train', 'loss', 0.5)")
os.kill(os.getpid(), 9)
"""


def kill_a_writer(path):
    done = subprocess.run([sys.executable, "-c", KILLED_WRITER, path], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (path / "metrics.sqlite-wal").stat().st_size > 0


def test_records_are_read_exactly_as_they_were_written(folder, add_rows):
    add_rows(folder.path, ROWS)
    rows = read_metrics(folder.path)
    assert rows[0] == MetricRow(0, 0, 0, "train", "loss", 2.5)
    assert math.isnan(rows[1].value)
    assert rows[2].value == math.inf
    assert math.copysign(1, rows[3].value) == -1
    assert rows[4].value == 2**62 + 1


@given(st.lists(st.floats() | st.integers(-(2**63), 2**63 - 1), max_size=8))
def test_every_number_survives(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("run")
    RunFolder.create_or_open(path, RunInfo.new(seed=1, threads=1)).close()
    database = open_metrics(path / "metrics.sqlite")
    database.executemany("INSERT INTO metrics VALUES (?, 0, 0, 'train', 'x', ?)", enumerate(values))
    database.close()
    assert [repr(row.value) for row in read_metrics(path)] == [repr(value) for value in values]


def test_series_are_sorted_by_phase_and_name(folder, add_rows):
    add_rows(folder.path, ROWS)
    series = read_series(folder.path)
    assert list(series) == ["train.loss", "validation.loss", "train.count"]
    assert list(series["train.loss"].steps) == [0, 1, 2]
    assert list(series["train.loss"].epochs) == [0, 0, 1]
    assert series["train.loss"].values[0] == 2.5


@pytest.mark.parametrize("begun", [False, True])
def test_a_run_without_records_reads_as_empty(folder, begun):
    if begun:
        folder.metrics.touch()
    assert read_metrics(folder.path) == []
    assert read_series(folder.path) == {}
    assert read_sessions(folder.path) == []


def test_a_run_is_read_while_it_is_written(folder):
    database = open_metrics(folder.metrics)
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT INTO metrics VALUES (0, 0, 0, 'train', 'loss', 0.5)")
    assert read_metrics(folder.path) == []
    database.execute("COMMIT")
    assert len(read_metrics(folder.path)) == 1
    database.close()


def test_a_killed_run_is_read_with_its_last_records(tmp_path):
    kill_a_writer(tmp_path)
    assert [row.value for row in read_metrics(tmp_path)] == [0.5]


@pytest.mark.parametrize("left", ["wal and shared memory", "wal"])
def test_a_killed_run_is_read_where_nothing_may_be_written(read_only_place, left):
    path = read_only_place.path / "run"
    kill_a_writer(path)
    if left == "wal":
        (path / "metrics.sqlite-shm").unlink()
    before = sorted(os.listdir(path))

    def read():
        assert [row.value for row in read_metrics(path)] == [0.5]

    assert read_only_place.run(read) == 0
    assert sorted(os.listdir(path)) == before


def test_a_finished_run_is_read_where_nothing_may_be_written(read_only_place, add_rows, info):
    path = read_only_place.path / "run"
    RunFolder.create_or_open(path, info).close()
    add_rows(path, ROWS)

    def read():
        assert len(read_metrics(path)) == len(ROWS)

    assert read_only_place.run(read) == 0


@pytest.mark.parametrize("place", [0, 4096])
def test_a_damaged_database_is_named(folder, add_rows, place):
    add_rows(folder.path, ROWS * 500)
    with folder.metrics.open("r+b") as file:
        file.seek(place)
        file.write(b"\xa5" * 3000)
    with pytest.raises(RunFolderError, match=r"metrics.sqlite: the database is damaged .* Put a copy back, or move"):
        read_metrics(folder.path)


def test_a_truncated_database_is_named(folder, add_rows):
    add_rows(folder.path, ROWS * 500)
    os.truncate(folder.metrics, 9000)
    with pytest.raises(RunFolderError, match=r"metrics.sqlite: the database is damaged"):
        read_metrics(folder.path)


def test_a_database_of_a_newer_schema_says_so(folder):
    with sqlite3.connect(folder.metrics) as database:
        database.execute("PRAGMA user_version = 9")
    database.close()
    for use in (read_metrics, lambda path: open_metrics(path / "metrics.sqlite")):
        with pytest.raises(RunFolderError, match=r"has schema 9 and was written by a newer retorch.* Update retorch"):
            use(folder.path)


def test_reading_what_is_no_run_says_so(tmp_path):
    with pytest.raises(RunFolderError, match="is not a run"):
        read_metrics(tmp_path)


def test_two_runs_that_differ_only_in_their_occasion_share_all_repeatable_facts(tmp_path, add_rows):
    facts = []
    for name in "ab":
        info = RunInfo.new(seed=7, threads=1).changed(created=name, command={"argv": (name,), "cwd": name})
        with RunFolder.create_or_open(tmp_path / name, info) as folder:
            add_rows(folder.path, ROWS)
            facts.append(repeatable_facts(folder.path))
    assert facts[0] == facts[1]


@pytest.mark.parametrize("change", ["seed", "result", "zero", "row"])
def test_any_other_difference_is_seen(tmp_path, add_rows, change):
    facts = []
    for changed in (False, True):
        path = tmp_path / str(changed)
        rows = {"zero": [(*row[:4], 0.0 if row[4] == 0 else row[4]) for row in ROWS], "row": ROWS[:-1]}
        seed = 8 if changed and change == "seed" else 7
        with RunFolder.create_or_open(path, RunInfo.new(seed=seed, threads=1)) as folder:
            if changed and change == "result":
                folder.update(result={"loss": 1.0})
            add_rows(path, rows.get(change, ROWS) if changed else ROWS)
        facts.append(repeatable_facts(path))
    assert facts[0] != facts[1]
