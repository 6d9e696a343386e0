"""Where nothing is planted nothing is found: equal runs, killed and resumed ones, other levels, other lengths."""

import random
import signal
import subprocess
import sys
import time

import pytest
from planting import PATIENCE_S, Planting, ask, environment, found_in, train
from plants import EPOCH, LOOPS, MODELS

STEPS = 3 * EPOCH


def each(ordinary, loops=LOOPS):
    """All models and loops; the ordinary tests take those named `ordinary`, such as "cnn-run"."""
    return pytest.mark.parametrize(("model", "loop"), [
        pytest.param(model, loop, marks=() if f"{model}-{loop}" in ordinary else pytest.mark.long)
        for model in MODELS for loop in loops
    ])  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Planting(tmp_path_factory.mktemp("unplanted")).project("project")


def agreeing(a, b, *extra):
    answer = ask(a, b, *extra)
    assert answer.status == 0, f"{found_in(answer)}\n{answer.errors}"
    assert answer.said["agree"] is True
    return answer.said


@each({"mlp-recording", "lstm-trainer"})
def test_equal_runs_agree(model, loop, project, tmp_path):
    a, b = (train(project, loop, model, tmp_path / name) for name in "ab")
    assert a.weights == b.weights
    assert agreeing(a.folder, b.folder)["compared_steps"] == STEPS


@each({"cnn-run"})
def test_equal_runs_that_recorded_everything_agree(model, loop, project, tmp_path):
    a, b = (train(project, loop, model, tmp_path / name, ("--record", "full")) for name in "ab")
    assert agreeing(a.folder, b.folder)["compared_steps"] == STEPS


@each({"transformer-recording", "cnn-trainer"})
def test_recording_changes_no_bit(model, loop, project, tmp_path):
    levels = ("off", "light", "full", *(("none",) if loop == "recording" else ()))
    weights = {train(project, loop, model, tmp_path / level, ("--record", level)).weights for level in levels}
    assert len(weights) == 1


@each({"cnn-run"}, loops=("trainer", "run"))
def test_killed_and_resumed_runs_agree_with_unbroken_ones(model, loop, project, tmp_path):
    chance = random.Random(f"{model} {loop}")
    whole = train(project, loop, model, tmp_path / "whole")
    kills = sum(killed(project, loop, model, tmp_path / "killed", chance.uniform(0.0, 0.8)) for _ in range(3))
    resumed = train(project, loop, model, tmp_path / "killed")
    assert kills, "no process was killed in its midst"
    assert resumed.weights == whole.weights
    assert agreeing(whole.folder, resumed.folder)["compared_steps"] == STEPS


@each({"transformer-recording"}, loops=("recording",))
def test_a_killed_recording_agrees_as_far_as_it_came(model, loop, project, tmp_path):
    whole = train(project, loop, model, tmp_path / "whole")
    # The record reaches the disk within two seconds, or every few hundred steps.
    assert killed(project, loop, model, tmp_path / "killed", 3.0, "--epochs", "1000")
    said = agreeing(whole.folder, tmp_path / "killed")
    assert 0 < said["compared_steps"] <= STEPS


@each({"mlp-run"})
def test_a_shorter_run_agrees_as_far_as_it_goes(model, loop, project, tmp_path):
    long = train(project, loop, model, tmp_path / "long")
    short = train(project, loop, model, tmp_path / "short", ("--epochs", "2"))
    assert agreeing(long.folder, short.folder)["compared_steps"] == 2 * EPOCH


@each(set())
def test_a_difference_in_a_shorter_run_is_found(model, loop, project, tmp_path):
    long = train(project, loop, model, tmp_path / "long")
    short = train(project, loop, model, tmp_path / "short", ("--epochs", "2", "--plant", "epsilon"))
    answer = ask(long.folder, short.folder)
    assert answer.status == 1, answer.errors
    assert (answer.said["first"]["step"], answer.said["first"]["phase"]) == (0, "optimizer")


@each(set())
def test_runs_of_different_levels_agree(model, loop, project, tmp_path):
    light = train(project, loop, model, tmp_path / "light")
    full = train(project, loop, model, tmp_path / "full", ("--record", "full"))
    assert agreeing(light.folder, full.folder)["compared_steps"] == STEPS


@each({"mlp-trainer"})
def test_a_difference_between_runs_of_different_levels_is_found(model, loop, project, tmp_path):
    light = train(project, loop, model, tmp_path / "light", ("--plant", "ulp"))
    full = train(project, loop, model, tmp_path / "full", ("--record", "full"))
    answer = ask(light.folder, full.folder)
    assert answer.status == 1, answer.errors
    assert (answer.said["first"]["step"], answer.said["first"]["phase"]) == (25, "forward")


@each({"mlp-run"})
def test_runs_without_a_record_are_not_said_to_agree(model, loop, project, tmp_path):
    off, light = (train(project, loop, model, tmp_path / level, ("--record", level)) for level in ("off", "light"))
    answer = ask(off.folder, light.folder, "--no-replay")
    assert answer.status in (0, 2)
    assert answer.said.get("agree") is not True or answer.said["compared_steps"] < STEPS
    assert any("record" in note for note in answer.said.get("notes", ())), answer.said


@pytest.mark.parametrize(
    "loop", [pytest.param(loop, marks=() if loop == "run" else pytest.mark.long) for loop in LOOPS]
)
def test_different_models_part_before_the_first_step(loop, project, tmp_path):
    a, b = (train(project, loop, model, tmp_path / model) for model in ("mlp", "cnn"))
    answer = ask(a.folder, b.folder)
    assert answer.status == 1, answer.errors
    first = answer.said["first"]
    assert (first["step"], first["phase"]) == (0, "start")
    assert "model" in f"{first['detail']} {first['tensor']} {answer.said['causes']}"


def killed(project, loop, model, folder, after_s, *extra):
    """Train, and kill the process so long after its run folder is there; False where it came to its end before."""
    process = subprocess.Popen(
        [sys.executable, f"{loop}_loop.py", model, str(folder), *extra],
        cwd=project, env=environment({}), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    with process:
        end = time.monotonic() + PATIENCE_S
        while not (folder / "metrics.sqlite").exists() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.wait()
    assert process.returncode in (0, -signal.SIGKILL)
    return process.returncode == -signal.SIGKILL
