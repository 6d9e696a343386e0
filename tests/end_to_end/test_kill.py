"""Promise 1 and 2: killed at any instant and started again with the same command, a run ends with the same bytes.

Real processes, real SIGKILLs. Each trial names its seed and tells its story when it fails, so that it can be repeated.
"""

import random

import pytest
from places import Plan
from scenarios import SCENARIOS, names
from trials import LONG, SHORT, Trial, kill_and_compare, undisturbed

trials = pytest.mark.parametrize(
    "seed", [*range(SHORT), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(SHORT, LONG))]
)
every_scenario = pytest.mark.parametrize("scenario", names())


@trials
@every_scenario
def test_killed_at_random_moments(zygote, unbroken, folder, record_property, scenario, seed):
    """Two or three kills in a row, at random moments of the time that an unbroken run takes."""
    chance = random.Random(f"{scenario} {seed}")
    trial = Trial(zygote, scenario, folder, chance)
    seconds = undisturbed(unbroken, trial).seconds
    moments = [chance.uniform(0, 1.1) * seconds for _ in range(chance.choice((2, 3)))]
    record_property(f"kills of {scenario}", kill_and_compare(trial, unbroken, moments))


@trials
@every_scenario
def test_killed_at_every_place(zygote, unbroken, folder, record_property, scenario, seed):
    """One kill at each place that the scenario names, in the order of the alphabet, at a random visit of it."""
    chance = random.Random(f"{scenario} {seed}")
    trial = Trial(zygote, scenario, folder, chance)
    visits = undisturbed(unbroken, trial).visits
    for place in sorted(visits):
        # Each start has fewer visits left than the one before, so a plan beyond the end is a start that ends.
        trial.kill_at(Plan(place, chance.randint(1, max(1, visits[place] // 3))))
    record_property(f"kills of {scenario}", trial.kills)
    assert trial.kills
    trial.end_like(undisturbed(unbroken, trial), all_checkpoints=True)


@trials
@every_scenario
def test_killed_where_checkpoints_fall_due_by_time(zygote, unbroken, folder, record_property, scenario, seed):
    """With another schedule the last checkpoint lies elsewhere, and all ends alike."""
    chance = random.Random(f"{scenario} {seed} by time")
    trial = Trial(zygote, scenario, folder, chance, {"checkpoint_steps": None, "checkpoint_seconds": 0.01})
    seconds = undisturbed(unbroken, trial).seconds
    moments = [chance.uniform(0.1, 1) * seconds for _ in range(2)]
    record_property(f"kills of {scenario}", kill_and_compare(trial, unbroken, moments, all_checkpoints=False))


@pytest.mark.parametrize("place", ["step", "backward", "stepped", "validation"])
def test_killed_again_and_again_at_one_place(zygote, unbroken, folder, record_property, place):
    """A run that never lives long ends, too: here each start comes by a place nine times."""
    trial = Trial(zygote, "dropout", folder, random.Random(place))
    for _ in range(60):
        if not trial.kill_at(Plan(place, 9)).killed:
            break
    else:
        pytest.fail("the run makes no progress")
    record_property("kills of dropout", trial.kills)
    trial.end_like(undisturbed(unbroken, trial), all_checkpoints=True)


def test_the_pictures_of_a_killed_run_are_the_same(zygote, unbroken, folder):
    trial = Trial(zygote, "trainer", folder, random.Random(0), {"pictures": True})
    trial.kill_at(Plan("validation", 4))
    whole = undisturbed(unbroken, trial)
    assert {"curves.png", "curves.svg"} <= whole.facts.keys()
    trial.end_like(whole)


@pytest.mark.parametrize("cores", [1, 2])
def test_other_cores_and_threads_give_the_same_bits(zygote, unbroken, folder, cores):
    scenario = "two_logical_threads"
    assert zygote.run(scenario, folder, threads=2, plan=Plan("step", 6)).killed
    report = zygote.run(scenario, folder, threads=1, cores=cores).finished()
    assert report["result"] == unbroken(scenario, threads=2).result


def test_the_number_of_threads_matters_where_it_is_tested(unbroken):
    assert unbroken("two_logical_threads", threads=1).result[0] != unbroken("two_logical_threads", threads=2).result[0]


def test_the_harness_sees_a_loop_that_is_not_repeatable(zygote, unbroken, folder):
    """The scenario keeps a mean in a Python variable: a resume must be seen to end elsewhere."""
    scenario = "a_variable_of_its_own"
    assert zygote.run(scenario, folder, plan=Plan("step", 17)).killed
    assert zygote.run(scenario, folder).finished()["result"] != unbroken(scenario).result
    trial = Trial(zygote, scenario, folder, random.Random(0))
    with pytest.raises(AssertionError, match="in the unbroken run"):
        trial.end_like(unbroken(scenario), all_checkpoints=True)


def test_a_finished_run_gives_its_result_at_once(zygote, unbroken):
    for scenario in ("trainer", "dropout"):
        run = unbroken(scenario, workers=SCENARIOS[scenario].workers[0])
        again = zygote.run(scenario, run.folder).finished()
        assert again["result"] == run.result
        assert not again["visits"]
