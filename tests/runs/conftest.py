"""A run on disk, made without the recorder: `runs` stands below it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import traceback
from pathlib import Path

import pytest

from retorch.runs import RunFolder, RunInfo, open_metrics, utc_now

INFO = RunInfo.new(seed=7, threads=2, recipe="digits", config={"lr": 0.1})


@pytest.fixture
def info():
    return INFO


@pytest.fixture
def folder(tmp_path):
    with RunFolder.create_or_open(tmp_path / "run", INFO) as folder:
        yield folder


@pytest.fixture
def add_rows():
    """Write (step, epoch, phase, name, value) rows and one session."""

    def add(path, rows=()):
        database = open_metrics(Path(path) / "metrics.sqlite")
        numbered = [(number, *row) for number, row in enumerate(rows)]
        database.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", numbered)
        now = utc_now()
        database.execute("INSERT INTO sessions VALUES (0, ?, ?, 1, 'host', 0, 1, NULL)", (now, now))
        database.close()

    return add


class ReadOnlyPlace:
    """A folder that may be read by everybody and written, while `run` runs, by nobody."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="retorch-test-")).resolve()

    def run(self, job):
        """Call `job` in a forked child without the right to write here; root loses its rights there."""
        for folder, _, files in os.walk(self.path):
            Path(folder).chmod(0o555)
            for file in files:
                Path(folder, file).chmod(0o444)
        child = os.fork()
        if child == 0:
            _do_as_stranger(job)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def remove(self):
        for folder, _, _ in os.walk(self.path):
            Path(folder).chmod(0o755)
        shutil.rmtree(self.path)


def _do_as_stranger(job):
    code = 1
    try:
        if os.getuid() == 0:
            os.setuid(65534)
        job()
        code = 0
    except BaseException:  # noqa: BLE001 - a forked child must never return into pytest
        traceback.print_exc(file=sys.stdout)
    finally:
        sys.stdout.flush()
        os._exit(code)


@pytest.fixture
def read_only_place():
    place = ReadOnlyPlace()
    yield place
    place.remove()
