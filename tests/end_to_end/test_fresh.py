"""As a user does it: a fresh interpreter for each start, and the command line."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from comparing import differences, facts
from starting import ended, start_fresh
from trials import LONG

LINE = [sys.executable, "-m", "retorch", "train", "digits", "--epochs", "3", "--seed", "5", "--threads", "2", "--json"]


def train(folder, *, omp_threads=2):
    """Start the recipe in a process of its own."""
    return subprocess.Popen(
        [*LINE, "--run", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "OMP_NUM_THREADS": str(omp_threads)}, cwd=folder.parent,
    )  # fmt: skip


def answer(process):
    """Wait, and return what the command printed as JSON, less where the run lies."""
    out, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    said = json.loads(out)
    said["best"]["checkpoint"] = Path(said["best"]["checkpoint"]).name
    return {name: value for name, value in said.items() if name not in ("run", "curves")}


def wait_for_steps(folder, process):
    """Wait until the training has begun: its first checkpoint is there."""
    while not list(folder.glob("checkpoints/0*")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """The recipe, undisturbed."""
    folder = tmp_path_factory.mktemp("digits") / "run"
    began = time.monotonic()
    process = train(folder)
    wait_for_steps(folder, process)
    startup = time.monotonic() - began
    said = answer(process)
    return folder, said, time.monotonic() - began - startup


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, LONG))])
def test_the_command_line_goes_on_after_kills(digits, folder, seed, record_property):
    whole, said, seconds = digits
    chance, kills = random.Random(seed), 0
    for _ in range(2):
        process = train(folder, omp_threads=chance.choice((1, 2)))
        wait_for_steps(folder, process)
        time.sleep(chance.uniform(0, 0.8) * seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
    record_property("kills of retorch train digits", kills)
    assert answer(train(folder, omp_threads=1)) == said
    assert not differences(facts(whole), facts(folder))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_line_saves_when_it_is_interrupted(digits, folder, number):
    whole, said, _ = digits
    process = train(folder)
    wait_for_steps(folder, process)
    time.sleep(0.3)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number, errors
    assert "saved" in errors
    assert answer(train(folder)) == said
    assert not differences(facts(whole), facts(folder))


def test_a_fresh_interpreter_and_a_forked_child_give_the_same_bits(unbroken, folder, tmp_path):
    for number, seconds in enumerate((0.4, 0.1)):
        process = start_fresh("trainer", folder, tmp_path / f"out-{number}")
        while not list(folder.glob("checkpoints/0*")):
            time.sleep(0.005)
        time.sleep(seconds)
        process.kill()
        process.wait()
    process = start_fresh("trainer", folder, tmp_path / "out")
    report = ended(process.wait(), tmp_path / "out").finished()
    whole = unbroken("trainer")
    assert report["result"] == whole.result
    assert not differences(whole.facts, facts(folder))


def test_another_omp_num_threads_gives_the_same_bits(unbroken, folder, tmp_path):
    from places import Plan

    scenario, plan = "two_logical_threads", Plan("step", 6)
    assert ended(start_fresh(scenario, folder, tmp_path / "a", omp_threads=2, plan=plan).wait(), tmp_path / "a").killed
    process = start_fresh(scenario, folder, tmp_path / "b", omp_threads=3, cores=1)
    report = ended(process.wait(), tmp_path / "b").finished()
    assert report["result"] == unbroken(scenario, threads=2).result
