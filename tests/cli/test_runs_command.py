"""`retorch runs`: list, compare, export."""

import csv
import json
import shutil

import pytest


def read_csv(file):
    return list(csv.DictReader(file.read_text().splitlines()))


@pytest.fixture
def two_runs(digits_run, tmp_path):
    """A run, and one with another learning rate."""
    shutil.copytree(digits_run, tmp_path / "runs" / "a")
    other = shutil.copytree(digits_run, tmp_path / "runs" / "b")
    facts = json.loads((other / "run.json").read_text())
    facts["config"]["optimizer"]["lr"] = 0.5
    facts["config"]["epochs"] = 9
    (other / "run.json").write_text(json.dumps(facts))
    return tmp_path / "runs"


def test_runs_are_listed_with_the_options_in_which_they_differ(retorch, two_runs):
    answer = retorch("runs", two_runs)
    header, a, b = answer.out.splitlines()
    assert answer.code == 0
    assert header.split("  ")[0] == "run"
    assert header.split()[-2:] == ["epochs=", "optimizer.lr="]
    assert "batch_size" not in header
    assert a.split()[:4] == ["a", "finished", "1", "45"]
    assert a.split()[-2:] == ["1", "0.01"]
    assert b.split()[-2:] == ["9", "0.5"]
    assert header.index("validation.accuracy (best)") > 0


def test_json_tells_everything(retorch, two_runs):
    a, b = json.loads(retorch("runs", two_runs, "--json").out)
    assert (a["run"], a["status"], a["seed"], a["steps"]) == ("a", "finished", 0, 45)
    assert b["config"]["optimizer.lr"] == 0.5
    assert 0 < a["metrics"]["validation.accuracy"]["best"] <= 1


def test_the_table_goes_to_csv(retorch, two_runs, tmp_path):
    answer = retorch("runs", two_runs, "--csv", tmp_path / "table.csv")
    rows = read_csv(tmp_path / "table.csv")
    assert (answer.code, answer.out) == (0, "")
    assert [row["name"] for row in rows] == ["a", "b"]


def test_every_metric_of_one_run_goes_to_csv(retorch, two_runs, tmp_path):
    answer = retorch("runs", two_runs / "a", "--csv", tmp_path / "metrics.csv")
    rows = read_csv(tmp_path / "metrics.csv")
    assert f"wrote {tmp_path / 'metrics.csv'}" in answer.err
    assert len([row for row in rows if (row["phase"], row["name"]) == ("train", "loss")]) == 45


def test_a_damaged_run_is_listed_named_and_leaves_with_1(retorch, two_runs):
    (two_runs / "b" / "run.json").write_text("{")
    answer = retorch("runs", two_runs)
    assert answer.code == 1
    assert "damaged" in answer.out
    assert f"{two_runs}/b/run.json is damaged" in answer.err


def test_a_folder_without_runs_is_no_failure_and_a_missing_one_is(retorch, tmp_path):
    empty = retorch("runs", tmp_path)
    assert (empty.code, empty.out, empty.err) == (0, "", f"no runs in {tmp_path}\n")
    assert json.loads(retorch("runs", tmp_path, "--json").out) == []
    assert retorch("runs", tmp_path / "nowhere").code == 2
