"""`list_runs` finds runs and says how each stands; CSV holds the same."""

from __future__ import annotations

import csv
import math
import subprocess
import sys
from datetime import timedelta

import pytest

from retorch.errors import RunFolderError
from retorch.runs import (
    RunFolder,
    export_metrics_csv,
    export_runs_csv,
    list_runs,
    lower_is_better,
    open_metrics,
    summarize,
)

ROWS = [
    (0, 0, "train", "loss", 2.0),
    (1, 0, "validation", "accuracy", 0.75),
    (1, 0, "train", "loss", 0.5),
    (2, 1, "train", "loss", float("nan")),
    (2, 1, "validation", "accuracy", 0.5),
]


@pytest.fixture
def make(tmp_path, info, add_rows):
    def make(name, status="started", rows=ROWS):
        with RunFolder.create_or_open(tmp_path / name, info) as folder:
            folder.update(status=status)
            add_rows(folder.path, rows)
        return tmp_path / name

    return make


def test_runs_are_found_below_a_folder_by_name(tmp_path, make):
    for name in ("b", "a", "deep/er/c", ".hidden/d"):
        make(name)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "no-run").mkdir()
    assert [run.name for run in list_runs(tmp_path)] == ["a", "b", "deep/er/c"]
    assert [run.name for run in list_runs(tmp_path, depth=1)] == ["a", "b"]
    assert [run.name for run in list_runs(tmp_path / "a")] == ["a"]


def test_a_list_of_nothing_is_empty_and_of_no_folder_an_error(tmp_path):
    assert list_runs(tmp_path) == []
    with pytest.raises(RunFolderError, match="none is not a folder; name one that holds runs"):
        list_runs(tmp_path / "none")


def test_a_summary_holds_the_facts_of_a_run(make):
    run = summarize(make("a"))
    assert (run.recipe, run.seed, run.steps, run.epochs) == ("digits", 7, 3, 2)
    accuracy, loss = run.metrics["validation.accuracy"], run.metrics["train.loss"]
    assert (accuracy.last, accuracy.best) == (0.5, 0.75)
    assert math.isnan(loss.last)
    assert (loss.best, loss.lowest, loss.highest) == (0.5, 0.5, 2.0)


@pytest.mark.parametrize(
    ("status", "standing"), [("started", "killed"), ("finished", "finished"), ("stopped", "stopped")]
)
def test_a_run_that_nobody_works_in_stands_as_it_ended(make, status, standing):
    assert summarize(make("a", status)).standing == standing


def test_a_run_that_somebody_works_in_is_running(folder):
    assert summarize(folder.path).standing == "running"
    look = f"from retorch.runs import *; print(summarize({str(folder.path)!r}).standing)"
    assert subprocess.check_output([sys.executable, "-c", look], text=True) == "running\n"


def test_a_damaged_run_does_not_spoil_the_list(tmp_path, make):
    (make("a") / "run.json").write_text("{")
    (make("b") / "metrics.sqlite").write_text("no database" * 200)
    make("c")
    runs = list_runs(tmp_path)
    assert [run.standing for run in runs] == ["damaged", "damaged", "killed"]
    assert "run.json is damaged" in runs[0].problem
    assert "the database is damaged" in runs[1].problem


def test_a_run_before_its_first_record_is_listed(folder):
    run = summarize(folder.path)
    assert (run.steps, run.metrics, run.duration) == (None, {}, timedelta())


def test_durations_add_up_over_sessions(folder):
    database = open_metrics(folder.metrics)
    for number in range(2):
        start, seen = f"2026-01-0{number + 1}T10:00:00+00:00", f"2026-01-0{number + 1}T10:01:30+00:00"
        database.execute("INSERT INTO sessions VALUES (?, ?, ?, 1, 'h', 0, 1, 'killed')", (number, start, seen))
    database.close()
    assert summarize(folder.path).duration == timedelta(minutes=3)


@pytest.mark.parametrize("name", ["loss", "train_loss", "mlm.loss", "top1_error", "RMSE", "perplexity", "nllloss"])
def test_losses_and_errors_are_better_when_they_fall(name):
    assert lower_is_better(name)


@pytest.mark.parametrize("name", ["accuracy", "f1", "auc", "bleu", "mean_iou"])
def test_scores_are_better_when_they_rise(name):
    assert not lower_is_better(name)


def test_metrics_in_csv_read_back_as_the_same_numbers(make, tmp_path):
    export_metrics_csv(make("a"), tmp_path / "a.csv")
    with (tmp_path / "a.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["record", "step", "epoch", "phase", "name", "value"]
    assert [repr(float(row["value"])) for row in rows] == [repr(row[4]) for row in ROWS]


def test_the_table_of_runs_in_csv_has_last_and_best_values(make, tmp_path):
    make("a")
    make("b", rows=[])
    export_runs_csv(list_runs(tmp_path), tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open() as file:
        first, second = csv.DictReader(file)
    assert (first["name"], first["standing"], first["validation.accuracy (best)"]) == ("a", "killed", "0.75")
    assert second["validation.accuracy (best)"] == ""


def test_a_csv_that_cannot_be_written_is_said(make, tmp_path):
    with pytest.raises(RunFolderError, match=r"a.csv cannot be written: .*Name a file in a folder"):
        export_metrics_csv(make("a"), tmp_path / "none" / "a.csv")


def test_looking_at_runs_imports_no_torch():
    code = "import retorch.runs, sys; print('torch' in sys.modules, 'numpy' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False False\n"
