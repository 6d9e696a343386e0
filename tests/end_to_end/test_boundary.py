"""Where the promise ends today. Each is a loop that a resume does not continue; a fix turns its test over."""

import pytest
from places import Plan


def resumed_result(zygote, scenario, folder, kills):
    """Kill at the given visits, one start after the other, and let it end."""
    for plan in kills:
        assert zygote.run(scenario, folder, plan=plan).killed
    return zygote.run(scenario, folder).finished()["result"]


@pytest.mark.xfail(strict=True, reason="code before the steps reads the checkpoint's state, not the epoch's first")
@pytest.mark.parametrize("scenario", ["choices_before_the_steps", "a_copy_made_before_the_steps"])
def test_what_is_read_before_the_steps_of_an_epoch(zygote, unbroken, folder, scenario):
    assert resumed_result(zygote, scenario, folder, [Plan("step", 12)]) == unbroken(scenario).result


@pytest.mark.xfail(strict=True, reason="a resume brings back a value in run.state, not that it shares a model's memory")
def test_weights_in_state_that_are_no_copy(zygote, unbroken, folder):
    scenario = "weights_in_state_that_are_no_copy"
    assert resumed_result(zygote, scenario, folder, [Plan("step", 40)]) == unbroken(scenario).result


@pytest.mark.parametrize("scenario", ["two_walks_zipped", "two_walks_nested"])
def test_walks_that_are_interleaved_are_refused(zygote, folder, scenario):
    """They would otherwise begin again and again, and never end."""
    ended = zygote.run(scenario, folder)
    assert ended.status == 1
    assert "UsageError: a walk over run.steps(...) was left" in ended.errors
    assert "Walk loaders one after the other, not zipped or nested" in ended.errors


def test_weights_in_state_that_are_no_copy_are_named(zygote, folder):
    ended = zygote.run("weights_in_state_that_are_no_copy", folder)
    assert "run.state.weights shares memory with the model or another part" in ended.errors
    assert "loops_beyond.py" in ended.errors
