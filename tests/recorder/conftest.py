"""An open run folder and its recorder."""

from __future__ import annotations

import pytest

from retorch.recorder import Recorder
from retorch.runs import RunFolder, RunInfo


@pytest.fixture
def folder(tmp_path):
    with RunFolder.create_or_open(tmp_path / "run", RunInfo.new(seed=7, threads=2)) as folder:
        yield folder


@pytest.fixture
def recorder(folder):
    with Recorder(folder) as recorder:
        yield recorder


@pytest.fixture
def values(folder, recorder):
    """Log some values and return what a reader then finds, by name."""
    from retorch.runs import read_metrics

    def log_and_read(logged):
        recorder.log(logged, step=0, epoch=0, phase="train")
        recorder.commit()
        return {row.name: row.value for row in read_metrics(folder.path)}

    return log_and_read
