"""The fingerprint of the global generators' states."""

import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from retorch.fingerprints import _generators, generators_fingerprint


@pytest.fixture(autouse=True)
def restored():
    states = torch.get_rng_state(), np.random.get_state(), random.getstate()
    yield
    torch.set_rng_state(states[0])
    np.random.set_state(states[1])
    random.setstate(states[2])


def seed_all():
    torch.manual_seed(5)
    np.random.seed(5)
    random.seed(5)


DRAWS = {
    "torch": lambda: torch.rand(1), "torch normal": lambda: torch.randn(1), "numpy": lambda: np.random.rand(),
    "numpy normal": lambda: np.random.randn(), "random": lambda: random.random(), "random normal": lambda: random.gauss(0, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWS)
def test_each_draw_is_seen_the_kept_second_normal_number_too(name):
    seed_all()
    seen = [generators_fingerprint()]
    for _ in range(5):
        DRAWS[name]()
        seen.append(generators_fingerprint())
    assert len(set(seen)) == 6
    seed_all()
    again = [generators_fingerprint()]
    for _ in range(5):
        DRAWS[name]()
        again.append(generators_fingerprint())
    assert again == seen


def test_looking_draws_nothing():
    seed_all()
    expected = torch.rand(3), np.random.randn(3), random.gauss(0, 1), random.random()
    seed_all()
    for _ in range(10):
        told = generators_fingerprint()
    assert told == generators_fingerprint()
    drawn = torch.rand(3), np.random.randn(3), random.gauss(0, 1), random.random()
    assert torch.equal(drawn[0], expected[0])
    assert drawn[1].tolist() == expected[1].tolist()
    assert drawn[2:] == expected[2:]


def test_what_lies_in_memory_is_what_the_libraries_say():
    assert _generators._gauss_offset() is not None
    assert _generators._python_offset() is not None
    for number in range(8):
        np.random.randn(), random.gauss(0, 1), np.random.rand(number), random.random()
        assert _generators._numpy_state() == _generators.numpy_state_as_told(np.random.mtrand._rand)
        assert _generators._python_state() == _generators.python_state_as_told(random._inst)


def test_where_memory_does_not_tell_the_libraries_are_asked(monkeypatch):
    fast = generators_fingerprint()
    monkeypatch.setattr(_generators, "_gauss_offset", lambda: None)
    monkeypatch.setattr(_generators, "_python_offset", lambda: None)
    assert generators_fingerprint() == fast
    np.random.rand()
    assert generators_fingerprint() != fast


def test_another_kind_of_generator_behind_numpy_is_seen():
    before = np.random.get_bit_generator()
    try:
        np.random.set_bit_generator(np.random.PCG64(3))
        first = generators_fingerprint()
        assert generators_fingerprint() == first
        np.random.rand()
        assert generators_fingerprint() != first
    finally:
        np.random.set_bit_generator(before)


def test_equal_states_in_another_process_give_the_same():
    program = (
        "import torch, random, numpy as np; from retorch.fingerprints import generators_fingerprint as f;"
        "torch.manual_seed(5); np.random.seed(5); random.seed(5); np.random.randn(); random.gauss(0, 1); print(f())"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    seed_all()
    np.random.randn(), random.gauss(0, 1)
    assert answer == f"{generators_fingerprint()}\n"
