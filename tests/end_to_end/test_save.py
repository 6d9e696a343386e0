"""Killed inside a save: before, in the middle of and after each call that changes the disk."""

import random
from itertools import pairwise

import pytest
from places import Plan
from trials import Trial

SCENARIO = "two_saves"
PARTS = 10
"""Into how many tests the calls are dealt out."""

_NEVER = 10**6


@pytest.fixture(scope="session")
def calls(zygote, tmp_path_factory):
    """Every call of an unbroken run that changes the disk, in order."""
    folder = tmp_path_factory.mktemp("calls") / "run"
    ended = zygote.run(SCENARIO, folder, plan=Plan("call", _NEVER))
    ended.finished()
    return ended.calls


def test_the_calls_of_a_run_come_in_one_order(zygote, calls, tmp_path):
    again = zygote.run(SCENARIO, tmp_path / "run", plan=Plan("call", _NEVER))
    again.finished()
    assert [_without_numbers(call) for call in again.calls] == [_without_numbers(call) for call in calls]


def test_every_phase_of_a_save_is_among_the_calls(calls):
    """What the kills below go through: records, then files aside, then the name, then what may go."""
    text = " ".join(calls)
    for phase in ("sqlite COMMIT", "mkdir /checkpoints/.writing-", "fsync /checkpoints/.writing-",
                  "rename /checkpoints", "unlink /checkpoints/.removing-", "run.json"):  # fmt: skip
        assert phase in text, (phase, calls)
    committed = [number for number, call in enumerate(calls) if call.startswith("sqlite COMMIT")]
    published = [number for number, call in enumerate(calls) if call.startswith("rename /checkpoints/.writing-")]
    assert all(any(before < number < after for number in committed) for before, after in pairwise(published))


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_each_call(zygote, unbroken, tmp_path, calls, record_property, part):
    """Every call; before, half and after take turns."""
    ways = [(number, ("before", "after", "half")[number % 3]) for number in range(1, len(calls) + 1)]
    _kill_in_all(zygote, unbroken, tmp_path, calls, record_property, ways[part::PARTS])


@pytest.mark.long
@pytest.mark.parametrize("part", range(4 * PARTS))
def test_killed_at_each_call_in_each_way(zygote, unbroken, tmp_path, calls, record_property, part):
    ways = [(number, when) for number in range(1, len(calls) + 1) for when in ("before", "half", "after")]
    _kill_in_all(zygote, unbroken, tmp_path, calls, record_property, ways[part :: 4 * PARTS])


def test_killed_while_the_curves_are_drawn(zygote, unbroken, tmp_path, record_property):
    drawn = {"pictures": True}
    ended = zygote.run(SCENARIO, tmp_path / "counted", plan=Plan("call", _NEVER), **drawn)
    numbers = [number for number, call in enumerate(ended.calls, 1) if "curves" in call]
    assert len(numbers) == 4
    for number in numbers:
        trial = Trial(zygote, SCENARIO, tmp_path / str(number), random.Random(number), drawn)
        assert trial.kill_at(Plan("call", number)).killed
        trial.end_like(unbroken(SCENARIO, **drawn), all_checkpoints=True)
    record_property(f"kills of {SCENARIO}", len(numbers))


def test_a_kill_between_the_last_save_and_the_thinning_out(zygote, unbroken, folder, calls, record_property):
    """The finished run has nothing more to save, so the start itself has to thin out."""
    last = max(number for number, call in enumerate(calls, 1) if call.startswith("rename /checkpoints/.writing-"))
    trial = Trial(zygote, SCENARIO, folder, random.Random(0))
    assert trial.kill_at(Plan("call", last, "after")).killed
    record_property(f"kills of {SCENARIO}", trial.kills)
    trial.end_like(unbroken(SCENARIO), all_checkpoints=True)


@pytest.mark.parametrize("number", range(3, 40, 6))
def test_killed_at_a_call_of_each_start(zygote, unbroken, folder, record_property, number):
    """Several in a row: each start dies at its call of this number, the next one settles what that left."""
    trial = Trial(zygote, SCENARIO, folder, random.Random(number))
    for _ in range(4):
        trial.kill_at(Plan("call", number))
    record_property(f"kills of {SCENARIO}", trial.kills)
    trial.end_like(unbroken(SCENARIO), all_checkpoints=True)


def _kill_in_all(zygote, unbroken, tmp_path, calls, record_property, ways):
    for number, when in ways:
        call = calls[number - 1]
        trial = Trial(zygote, SCENARIO, tmp_path / f"{number}-{when}", random.Random(number))
        trial.story.append(f"  call {number}: {call}")
        ended = trial.kill_at(Plan("call", number, when if call.startswith("write") else when.replace("half", "after")))
        assert ended.killed, call
        trial.end_like(unbroken(SCENARIO), all_checkpoints=True)
    record_property(f"kills of {SCENARIO}", len(ways))


def _without_numbers(call):
    return "".join(character for character in call if not character.isdigit())
