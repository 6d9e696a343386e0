"""Ctrl-C and SIGTERM finish the step, save, and say so; a second process is turned away."""

import random
import signal
import time
from pathlib import Path

import pytest
from places import Plan
from trials import Trial

SIGNALS = [signal.SIGINT, signal.SIGTERM]

signals = pytest.mark.parametrize("number", SIGNALS, ids=["ctrl-c", "sigterm"])


@signals
@pytest.mark.parametrize(
    ("scenario", "place", "visit"),
    [
        ("dropout", "step", 8),
        ("dropout", "backward", 20),
        ("dropout", "stepped", 39),
        ("dropout", "validation", 3),
        ("dropout", "validation", 6),
        ("trainer", "step", 8),
        ("trainer", "validation", 4),
        ("trainer", "after steps", 2),
        ("accumulation_by_hand", "window 1", 4),
        ("left_by_break", "after break", 2),
        ("epochs_by_range", "after steps", 2),
        ("walks_over_epochs", "step", 10),
        ("walks_over_epochs", "step", 40),
        ("steps_only", "step", 3),
        ("two_loaders_one_after_the_other", "between walks", 3),
        ("the_plain_dataloader", "step", 9),
    ],
)
def test_an_interrupted_run_is_saved_and_goes_on(zygote, unbroken, folder, number, scenario, place, visit):
    ended = zygote.run(scenario, folder, plan=Plan(place, visit, signals=(number,)), **NO_SCHEDULE)
    assert ended.status == 1, ended.errors
    last = ended.errors.splitlines()[-1]
    assert last.startswith("retorch.errors.RunInterrupted: stopped at epoch"), last
    assert f"saved in {folder}; the same command goes on from here" in last
    # Nothing is lost: the rest takes no step that was done before.
    rest = zygote.run(scenario, folder, **NO_SCHEDULE).finished()
    whole = unbroken(scenario, **NO_SCHEDULE)
    assert rest["result"] == whole.result
    if place == "step":
        assert rest["visits"]["step"] == whole.visits["step"] - visit
    Trial(zygote, scenario, folder, random.Random(0), NO_SCHEDULE).end_like(whole)


NO_SCHEDULE = {"checkpoint_steps": None, "checkpoint_seconds": None}
"""What is saved is saved for the signal's sake."""


@signals
def test_a_second_signal_stops_at_once(zygote, unbroken, folder, number):
    ended = zygote.run("dropout", folder, plan=Plan("backward", 8, signals=(number, number)))
    if number == signal.SIGINT:
        assert ended.errors.splitlines()[-1] == "KeyboardInterrupt"
    else:
        assert ended.status == -signal.SIGTERM
    assert "RunInterrupted" not in ended.errors
    Trial(zygote, "dropout", folder, random.Random(0)).end_like(unbroken("dropout"))


@pytest.mark.parametrize("moment", [0.01, 0.03, 0.06, 0.1, 0.15, 0.2])
@signals
def test_a_signal_at_any_moment_harms_nothing(zygote, unbroken, folder, number, moment):
    """Also before the loop, inside the save and while it ends."""
    start = zygote.start("trainer", folder)
    time.sleep(moment)
    start.send(number)
    start.wait()
    Trial(zygote, "trainer", folder, random.Random(0)).end_like(unbroken("trainer"))


@signals
def test_an_interrupted_run_with_workers_is_saved(zygote, unbroken, folder, number):
    plan = Plan("step", 9, signals=(number,))
    ended = zygote.run("augmentation", folder, plan=plan, workers=2, **NO_SCHEDULE)
    assert "RunInterrupted" in ended.errors
    rest = zygote.run("augmentation", folder, workers=0, **NO_SCHEDULE).finished()
    assert rest["visits"]["step"] == 39 - 9
    assert rest["result"] == unbroken("augmentation").result


@signals
def test_a_signal_to_the_whole_group_is_survived_by_the_run(zygote, unbroken, folder, number):
    """As a terminal's Ctrl-C and a cluster's end of time do it: the loader's workers get it too."""
    ended = zygote.run("augmentation", folder, plan=Plan("step", 9, to_group=True, signals=(number,)), workers=2)
    assert "RunInterrupted" in ended.errors
    assert zygote.run("augmentation", folder).finished()["result"] == unbroken("augmentation").result


@pytest.mark.parametrize("workers", [0, 2])
def test_a_second_process_on_one_folder_is_turned_away(zygote, unbroken, folder, workers):
    first = zygote.start("augmentation", folder, plan=Plan("step", 9, signals=(signal.SIGSTOP,)), workers=workers)
    try:
        wait_for_state(first.pid, "T")
        second = zygote.run("augmentation", folder)
        assert second.status == 1
        last = second.errors.splitlines()[-1]
        assert last.startswith(f"retorch.errors.RunBusy: {folder} is in use by process {first.pid} on ")
    finally:
        first.send(signal.SIGCONT)
    assert first.wait().finished()["result"] == unbroken("augmentation").result


def test_a_run_starts_again_at_once_while_the_workers_of_the_killed_one_still_live(zygote, unbroken, folder):
    for _ in range(3):
        assert zygote.run("the_plain_dataloader", folder, workers=3, plan=Plan("step", 6)).killed
    trial = Trial(zygote, "the_plain_dataloader", folder, random.Random(0))
    trial.end_like(unbroken("the_plain_dataloader"))


def wait_for_state(pid, state):
    """Wait until the kernel says that a process is, for one, stopped."""
    for _ in range(5000):
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == state:
            return
        time.sleep(0.001)
    raise AssertionError(f"process {pid} never came to state {state}")
