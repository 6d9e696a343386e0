"""Promise 3: watching changes nothing. However often it validates, saves, shows or records: the same bits."""

import pytest

OFTEN = {"checkpoint_steps": 1, "validate": 1, "quiet": False, "observed": True}
NEVER = {"checkpoint_steps": None, "checkpoint_seconds": None, "validate": None, "quiet": True}
WAYS = {
    "everything often": {},
    "no checkpoints": {"checkpoint_steps": None},
    "checkpoints by time": {"checkpoint_steps": None, "checkpoint_seconds": 0.0},
    "checkpoints every 4 steps": {"checkpoint_steps": 4},
    "validation every 3 steps": {"validate": 3},
    "validation every epoch": {"validate": "epoch"},
    "no validation": {"validate": None},
    "nothing shown": {"quiet": True},
    "no observer": {"observed": False},
    "no run folder": {"keep": False},
    "two workers": {"workers": 2},
    "nothing at all": {**NEVER, "observed": False, "keep": False},
}


@pytest.mark.parametrize("scenario", ["trainer_watched", "dropout", "shuffle"])
def test_watching_changes_no_bit(zygote, tmp_path, scenario):
    reports = {way: zygote.run(scenario, tmp_path / way, **{**OFTEN, **how}).finished() for way, how in WAYS.items()}
    expected = reports["everything often"]["result"]
    assert [way for way, report in reports.items() if report["result"] != expected] == []
    _check_that_ways_differ(reports)


def _check_that_ways_differ(reports):
    """Otherwise the comparison would mean nothing."""
    visits = {way: report["visits"].get("validation", 0) for way, report in reports.items()}
    assert visits["no validation"] == 0
    assert 0 < visits["validation every epoch"] < visits["validation every 3 steps"] < visits["everything often"]
    if "after steps" in reports["everything often"]["visits"]:
        assert "after steps" not in reports["no observer"]["visits"]


def test_a_run_that_is_continued_for_more_epochs_equals_one_that_was_never_shorter(zygote, unbroken, folder):
    zygote.run("dropout", folder, epochs=2).finished()
    assert zygote.run("dropout", folder, epochs=4).finished()["result"] == unbroken("dropout", epochs=4).result


def test_a_trainer_that_is_continued_equals_one_that_was_never_shorter(zygote, unbroken, folder):
    zygote.run("trainer", folder, epochs=2).finished()
    assert zygote.run("trainer", folder, epochs=4).finished()["result"] == unbroken("trainer", epochs=4).result
