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

ways = pytest.mark.parametrize("way", WAYS)


@pytest.fixture(scope="session")
def trained(zygote, tmp_path_factory):
    """Train a scenario in one way; give its final bits. Each way once."""
    known = {}

    def train(scenario, way):
        if (scenario, way) not in known:
            folder = tmp_path_factory.mktemp("ways") / "run"
            known[scenario, way] = zygote.run(scenario, folder, **{**OFTEN, **WAYS[way]}).finished()
        return known[scenario, way]

    return train


@ways
def test_a_trainer_ends_with_the_same_bits(trained, way):
    assert trained("trainer_watched", way)["result"] == trained("trainer_watched", "everything often")["result"]


@ways
@pytest.mark.parametrize("scenario", ["dropout", "shuffle"])
def test_a_loop_of_ones_own_ends_with_the_same_bits(trained, scenario, way):
    assert trained(scenario, way)["result"] == trained(scenario, "everything often")["result"]


def test_the_ways_really_differ(trained):
    """Otherwise the comparison would mean nothing."""
    for scenario in ("trainer_watched", "dropout"):
        visits = {way: trained(scenario, way)["visits"].get("validation", 0) for way in WAYS}
        assert visits["no validation"] == 0
        assert 0 < visits["validation every epoch"] < visits["validation every 3 steps"] < visits["everything often"]
    assert trained("trainer_watched", "everything often")["visits"]["stepped"]
    assert "stepped" not in trained("trainer_watched", "no observer")["visits"]
    assert trained("dropout", "no validation")["result"] != trained("shuffle", "no validation")["result"]


def test_a_run_that_is_continued_for_more_epochs_equals_one_that_was_never_shorter(zygote, unbroken, folder):
    zygote.run("dropout", folder, epochs=2).finished()
    assert zygote.run("dropout", folder, epochs=4).finished()["result"] == unbroken("dropout", epochs=4).result


def test_a_trainer_that_is_continued_equals_one_that_was_never_shorter(zygote, unbroken, folder):
    zygote.run("trainer", folder, epochs=2).finished()
    assert zygote.run("trainer", folder, epochs=4).finished()["result"] == unbroken("trainer", epochs=4).result
