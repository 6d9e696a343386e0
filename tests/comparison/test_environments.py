"""What differs between two environments is ranked by how likely it changes bits."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys

import pytest

from retorch.comparison._environments import unlike
from retorch.recorder import environment


@pytest.fixture(scope="module")
def real():
    return json.loads(
        json.dumps({**environment(), "imports": {}, "data": {"train": {"length": 8, "fingerprint": "0a"}}})
    )


def changed(environment, **changes):
    """Return a copy with values replaced; `__` stands for a dot, None takes the fact away."""
    other = copy.deepcopy(environment)
    for name, value in changes.items():
        *path, last = name.split("__")
        place = other
        for part in path:
            place = place[part]
        if value is None:
            del place[last]
        else:
            place[last] = value
    return other


def names(found):
    return [fact.name for fact in found]


def test_an_environment_is_not_unlike_itself(real):
    assert unlike(real, copy.deepcopy(real)) == ()


def test_two_real_processes_differ_in_what_was_asked_of_them(tmp_path):
    code = "import json; from retorch.recorder import environment; print(json.dumps(environment()))"
    first, second = (
        json.loads(
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=tmp_path,
                env={**os.environ, "OMP_NUM_THREADS": threads, "ATEN_CPU_CAPABILITY": "default"},
            ).stdout
        )
        for threads in ("1", "2")
    )  # fmt: skip
    found = unlike(first, second)
    assert names(found)[:2] == ["threads.intra", "variables.OMP_NUM_THREADS"]
    assert (found[0].a, found[0].b, found[0].likelihood) == ("1", "2", "likely")
    assert first["cpu"]["instructions"] == "DEFAULT"


def test_the_likeliest_comes_first(real):
    changes = {
        "system__release": "1.2",
        "distributions__click": "1",
        "numpy": "1.9",
        "switches__deterministic_algorithms": not real["switches"]["deterministic_algorithms"],
        "cpu__model": "Another",
        "torch__version": "2.1",
        "cpu__instructions": "AVX",
        "threads__intra": 77,
        "data__train__fingerprint": "0b",
    }
    found = unlike(real, changed(real, **changes))
    assert names(found) == [
        "data.train.fingerprint", "threads.intra", "cpu.instructions", "torch.version", "cpu.model",
        "switches.deterministic_algorithms", "numpy", "system.release", "distributions.click",
    ]  # fmt: skip
    assert [fact.likelihood for fact in found] == ["likely"] * 6 + ["possible", "unlikely", "unlikely"]
    assert all(fact.why for fact in found)


def test_a_distribution_that_the_sources_import_ranks_above_one_that_nothing_imports(real):
    other = changed(real, distributions__scipy="1", distributions__click="1", **{"distributions__scikit-learn": "1"})
    found = {fact.name: fact.likelihood for fact in unlike(real, other)}
    assert found == {
        "distributions.scikit-learn": "possible", "distributions.scipy": "possible", "distributions.click": "unlikely"
    }  # fmt: skip
    recorded = {**real, "imports": {"sklearn": "scikit-learn"}}
    found = unlike(recorded, other, frozenset({"sklearn", "click"}))
    assert [(fact.name, fact.likelihood) for fact in found] == [
        ("distributions.click", "likely"), ("distributions.scikit-learn", "likely"), ("distributions.scipy", "possible")
    ]  # fmt: skip


def test_numpy_is_likely_where_the_sources_import_it(real):
    [fact] = unlike(real, changed(real, numpy="1", distributions__numpy="1"), frozenset({"numpy"}))
    assert (fact.name, fact.likelihood) == ("numpy", "likely")


def test_an_added_and_a_missing_distribution_are_told(real):
    added, missing = unlike(real, changed(real, distributions__added="1", distributions__click=None))
    assert (added.name, added.a, added.b) == ("distributions.added", None, "1")
    assert (missing.name, missing.b) == ("distributions.click", None)


def test_a_fact_that_an_older_retorch_did_not_record_is_no_difference(real):
    older = changed(
        real, switches__mkldnn_enabled=None, cpu__caches=None, script=None, git=None, imports=None, data=None
    )
    assert unlike(older, real) == unlike(real, older) == ()


def test_switches_of_an_accelerator_count_only_where_there_is_one(real):
    a = {**real, "accelerators": []}
    b = changed(a, switches__cudnn_benchmark=not real["switches"]["cudnn_benchmark"])
    [fact] = unlike(a, b)
    assert (fact.likelihood, fact.why) == ("unlikely", "neither run had an accelerator")
    gpu = [{"kind": "cuda", "name": "H100", "driver": "1"}]
    [fact] = unlike({**a, "accelerators": gpu}, {**b, "accelerators": gpu})
    assert fact.likelihood == "likely"


def test_another_gpu_and_another_driver(real):
    a = {**real, "accelerators": [{"kind": "cuda", "name": "H100", "driver": "1"}]}
    b = {**real, "accelerators": [{"kind": "cuda", "name": "A100", "driver": "2"}]}
    assert [(fact.name, fact.a, fact.b, fact.likelihood) for fact in unlike(a, b)] == [
        ("accelerators.0.name", "H100", "A100", "likely"), ("accelerators.0.driver", "1", "2", "possible")
    ]  # fmt: skip


def test_where_a_run_lies_and_how_it_was_started_is_no_fact_of_computing(real):
    b = changed(real, command__cwd="/elsewhere", command__words=["x"], command__interpreter="/y/python")
    assert unlike({**real, "folder": "/a"}, {**b, "folder": "/b"}) == ()


def test_nothing_known_is_nothing_unlike(real):
    assert unlike({}, {}) == ()
    assert unlike({}, {"retorch": "1", "switches": {"a": 1}}) == ()
