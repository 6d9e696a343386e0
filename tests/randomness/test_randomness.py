"""Streams are pure functions of (seed, purpose, position)."""

import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from retorch import randomness
from retorch.errors import UsageError


def draw():
    return torch.rand(3).tolist(), np.random.rand(3).tolist(), random.random()


@given(st.integers(0, 2**32 - 1), st.text(max_size=8), st.lists(st.integers(0, 10**9), max_size=4))
def test_a_key_is_32_bits_and_depends_on_nothing_else(seed, purpose, position):
    first = randomness.key(seed, purpose, *position)
    assert 0 <= first < 2**32
    assert first == randomness.key(seed, purpose, *position)


def test_keys_of_neighbouring_positions_are_spread_over_all_bits():
    keys = [randomness.key(7, "step", step, 0) for step in range(20_000)]
    for bit in range(32):
        share = sum(key >> bit & 1 for key in keys) / len(keys)
        assert 0.48 < share < 0.52
    assert len(set(keys)) > len(keys) - 5


def test_positions_are_not_glued_together():
    assert randomness.key(7, "step", 1, 23) != randomness.key(7, "step", 12, 3)
    assert randomness.key(1, "a", 1) != randomness.key(11, "a")


def test_a_key_is_the_same_in_every_process():
    assert randomness.key(7, "order", 3) == 3320643909  # A change of this number breaks every recorded run.


def test_seeding_makes_torch_numpy_and_random_repeat():
    randomness.seed_streams(5)
    first = draw()
    randomness.seed_streams(5)
    assert draw() == first
    randomness.seed_streams(6)
    assert draw() != first


def test_a_half_used_normal_does_not_survive_seeding():
    randomness.seed_streams(5)
    expected = torch.randn(1).item(), np.random.standard_normal(), random.gauss(0, 1)
    for _ in range(3):
        torch.randn(1), np.random.standard_normal(), random.gauss(0, 1)
    randomness.seed_streams(5)
    assert (torch.randn(1).item(), np.random.standard_normal(), random.gauss(0, 1)) == expected


def test_a_scope_gives_the_streams_back_also_after_an_exception():
    randomness.seed_streams(5)
    expected = draw()
    randomness.seed_streams(5)
    with pytest.raises(ZeroDivisionError), randomness.scoped(9):
        draw()
        1 / 0  # noqa: B018
    assert draw() == expected


def test_seed_everything_repeats_the_first_weights():
    randomness.seed_everything(7)
    first = torch.nn.Linear(4, 4).weight
    randomness.seed_everything(7)
    assert torch.equal(first, torch.nn.Linear(4, 4).weight)
    assert randomness.current_seed() == 7
    assert randomness.was_seeded()


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "7", True, None])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(UsageError, match="4294967295"):
        randomness.seed_everything(seed)


def test_deterministic_sets_what_torch_documents():
    program = """
import os, torch, retorch
report = retorch.seed_everything(7, deterministic=True)
assert torch.are_deterministic_algorithms_enabled()
assert torch.backends.cudnn.deterministic and not torch.backends.cudnn.benchmark
assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
assert report.too_late == (), report
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_deterministic_says_when_it_comes_too_late(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "default_generators", ())
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    try:
        with pytest.warns(UserWarning, match="before the first use of a GPU"):
            report = randomness.seed_everything(7, deterministic=True)
    finally:
        torch.use_deterministic_algorithms(False)
        torch.backends.cudnn.deterministic = False
    assert len(report.too_late) == 1


def test_a_process_that_nobody_seeded_is_recognised():
    program = (
        "import torch, retorch.randomness as r; torch.rand(1); assert not r.was_seeded(); {}; assert r.was_seeded()"
    )
    for seeding in ("torch.manual_seed(3)", "r.seed_everything(3)"):
        subprocess.run([sys.executable, "-c", program.format(seeding)], check=True)


def test_logical_threads_are_set_and_told():
    before = torch.get_num_threads()
    try:
        assert randomness.logical_threads(2) == 2
        with randomness.single_threaded():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
        with pytest.raises(UsageError, match="at least 1"):
            randomness.logical_threads(0)
    finally:
        torch.set_num_threads(before)


def test_a_fork_depends_on_the_place_alone():
    randomness.keep_keyed(on=True)
    try:
        randomness.seed_streams(5)
        forks = [randomness.fork_key(), randomness.fork_key()]
        torch.rand(3)
        with randomness.scoped(6):
            randomness.fork_key()
        after = randomness.fork_key()
        randomness.seed_streams(5)
        assert [randomness.fork_key(), randomness.fork_key()] == forks
        assert randomness.fork_key() == after
        assert len({*forks, after}) == 3
    finally:
        randomness.keep_keyed(on=False)


def test_nothing_forks_outside_of_a_run():
    randomness.seed_streams(5)
    assert randomness.fork_key() is None
