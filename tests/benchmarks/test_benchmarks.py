"""The benchmarks still run. Their figures mean nothing at these sizes, so no figure is judged here."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
HEADS = {
    "step": "A quick step",
    "checkpoints": "A checkpoint of",
    "resume": "Resuming in an epoch of",
    "loaders": "Throughput of loaders",
    "inspection": "retorch.inspect, microseconds",
    "tracing": "tracing_memory",
    "checking": "A step under retorch.checking",
    "fingerprints": "Fingerprints of",
    "recording": "comparing two records of",
}


@pytest.mark.parametrize("name", HEADS)
def test_a_benchmark_runs_and_prints_its_table(name, tmp_path):
    answer = subprocess.run(
        [sys.executable, BENCHMARKS / f"{name}.py", "--quick"], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert HEADS[name] in answer.stdout
    assert "retorch" in answer.stdout
    assert not list(tmp_path.iterdir())


def test_every_benchmark_is_made_by_make_bench():
    makefile = (BENCHMARKS.parent / "Makefile").read_text()
    scripts = {path.stem for path in BENCHMARKS.glob("*.py") if "__main__" in path.read_text()}
    assert scripts == set(HEADS)
    for name in scripts:
        assert f"benchmarks/{name}.py" in makefile
