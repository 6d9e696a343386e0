"""Killed at any instant, a saving process leaves the checkpoint of before or the new one, whole."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from trained import entries

import retorch
from retorch.checkpoints import Vault, verify

HERE = Path(__file__).parent


def test_a_kill_before_any_step_to_the_disk_leaves_a_whole_state(tmp_path):
    finished = subprocess.run(
        [sys.executable, HERE / "kill_everywhere.py", tmp_path], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    killed = dict(line.split() for line in finished.stdout.splitlines())
    # The number of steps, so that the test cannot pass by never killing.
    assert int(killed["save"]) > 20
    assert int(killed["vault"]) > 20


SAVE_ON = """
import sys, torch
import retorch
from retorch.checkpoints import Vault
torch.set_num_threads(1)
number, vault = int(sys.argv[2]), Vault(sys.argv[1] + "/vault")
parts = {"model": {"weight": torch.zeros(2_000_000), "small": torch.zeros(3)}, "number": number}
print("ready", flush=True)
while True:
    number += 1
    for tensor in parts["model"].values():
        tensor.fill_(number)
    parts["number"] = number
    vault.save(f"{number:08d}", parts, position={"step": number})
    retorch.save(sys.argv[1] + "/one", **parts)
    print(number, flush=True)
"""


def test_killed_at_random_moments_while_it_saves_a_run_is_always_whole(tmp_path):
    kill_at_random(tmp_path, times=3)


@pytest.mark.long
def test_killed_at_random_moments_two_hundred_times_a_run_is_always_whole(tmp_path):
    kill_at_random(tmp_path, times=200)


def kill_at_random(folder, times):
    """Kill a process that saves without end some milliseconds after a save; what was published stays."""
    chance, number = random.Random(7), 0
    for _ in range(times):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVE_ON, folder, str(number)], stdout=subprocess.PIPE, text=True
        )
        lines = iter(process.stdout)
        published = number
        for line in lines:
            published = int(line) if line.strip().isdigit() else published
            if published > number and chance.random() < 0.5:
                break
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=chance.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        number = max(check(folder), published)


def check(folder):
    one = retorch.load(folder / "one")
    vault = Vault(folder / "vault")
    newest = vault.newest()
    assert all(is_whole(state) for state in (one, newest.restore({})))
    assert all(verify(vault.path / name) == [] for name in vault.names())
    assert not [entry for entry in entries(vault.path) if not entry.isdigit()]
    assert abs(one["number"] - int(newest.name)) <= 1
    return int(newest.name)


def is_whole(state):
    return all((tensor == state["number"]).all() for tensor in state["model"].values())
