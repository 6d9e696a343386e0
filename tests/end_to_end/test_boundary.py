"""Where the promise ends today. Each is a loop that a resume does not continue; a fix turns its test over."""

import pytest
from comparing import differences, facts, superfluous
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


@pytest.mark.xfail(strict=True, reason="a replayed loader that is made anew each epoch is taken for one that was kept")
def test_a_sampler_of_ones_own_made_anew_each_epoch(zygote, unbroken, folder):
    scenario = "a_sampler_of_ones_own_made_anew_each_epoch"
    assert resumed_result(zygote, scenario, folder, [Plan("step", 36)]) == unbroken(scenario).result


@pytest.mark.xfail(strict=True, reason="a Loader walked outside of run.steps has a position that only track() carries")
def test_a_shuffled_loader_for_validation(zygote, unbroken, folder):
    scenario = "a_shuffled_loader_for_validation"
    resumed_result(zygote, scenario, folder, [Plan("step", 36)])
    assert not differences(unbroken(scenario).facts, facts(folder))


@pytest.mark.xfail(strict=True, reason="what a kill keeps the vault from thinning out stays until the next save")
def test_a_kill_between_the_last_save_and_the_thinning_out(zygote, unbroken, folder, tmp_path):
    calls = zygote.run("two_saves", tmp_path / "counted", plan=Plan("call", 10**6)).calls
    last = max(number for number, call in enumerate(calls, 1) if call.startswith("rename /checkpoints/.writing-"))
    resumed_result(zygote, "two_saves", folder, [Plan("call", last, "after")])
    assert not superfluous(folder, unbroken("two_saves").folder)


@pytest.mark.parametrize("scenario", ["two_walks_zipped", "two_walks_nested"])
def test_walks_that_are_interleaved_are_refused(zygote, folder, scenario):
    """They would otherwise begin again and again, and never end."""
    ended = zygote.run(scenario, folder)
    assert ended.status == 1
    assert "UsageError: a walk over run.steps(...) was left" in ended.errors
    assert "Walk loaders one after the other, not zipped or nested" in ended.errors
