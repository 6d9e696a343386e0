"""How long a resume takes, near the start of an epoch of 10 M samples, in its middle and near its end.

    python benchmarks/resume.py            about three minutes
    python benchmarks/resume.py --quick    does it run at all?

A first process trains up to the place, saves and leaves. Then, turn by turn, a fresh process goes on from a copy of its
folder: with its imports done and its data in memory, the time from `Run(...)` to the first batch is taken. The
place 0% is a new run, which resumes nothing.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from measuring import against, median, read_options, show, spread
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import retorch

SAMPLES, BATCH_SIZE = 10_000_000, 1000
SHARES = (0.0, 0.01, 0.5, 0.99)
GOAL_S = 1.0
LOADERS = {"dataloader": "torch DataLoader, taken over", "loader": "retorch.Loader"}


@dataclass(frozen=True)
class Case:
    """Which loader, how many samples in an epoch, and the batch at which the run is left."""

    loader: str
    samples: int
    batch: int


def main() -> None:
    assert __doc__ is not None
    options = read_options(__doc__, turns=5, quick_turns=1)
    samples = SAMPLES // 100 if options.quick else SAMPLES
    shares, loaders = (SHARES[2:3], ["dataloader"]) if options.quick else (SHARES, list(LOADERS))
    cases = [Case(loader, samples, int(share * samples) // BATCH_SIZE) for loader in loaders for share in shares]
    with tempfile.TemporaryDirectory() as folder:
        folders = {case: Path(folder) / f"{case.loader}-{case.batch}" for case in cases}
        for case in cases:
            if case.batch:
                in_fresh_process(case, folders[case], "prepare")
        times: dict[Case, list[tuple[float, float]]] = {case: [] for case in cases}
        for _ in range(options.turns):
            for case in cases:
                times[case].append(resume(case, folders[case]))
    report(times)


def resume(case: Case, prepared: Path) -> tuple[float, float]:
    """Return the seconds from `Run(...)` to the first batch, and those from the start of the process."""
    with tempfile.TemporaryDirectory(dir=prepared.parent) as scratch:
        folder = Path(scratch) / "run"
        if case.batch:
            shutil.copytree(prepared, folder)
        start = time.time()
        answer = in_fresh_process(case, folder, "resume")
    if answer["batch"] != case.batch:
        raise RuntimeError(f"the run went on at batch {answer['batch']} instead of {case.batch}")
    return answer["seconds"], answer["first_batch_at"] - start


def report(times: dict[Case, list[tuple[float, float]]]) -> None:
    rows = []
    for case, values in times.items():
        seconds, from_start = zip(*values, strict=True)
        share = case.batch * BATCH_SIZE / case.samples
        rows.append((LOADERS[case.loader], f"{share:.0%}", f"{median(seconds):.3f} s", spread(seconds),
                     against(median(seconds), GOAL_S if share else None), f"{median(from_start):.2f} s"))  # fmt: skip
    columns = ("loader", "place", "Run(...) to first batch", "middle half", "goal", "with process start and imports")
    show(f"Resuming in an epoch of {case.samples:,} samples, median of {len(values)} turns", columns, rows)


# In the fresh process.


def in_fresh_process(case: Case, folder: Path, action: str) -> Any:
    program = [sys.executable, __file__, action, json.dumps(asdict(case)), str(folder)]
    return json.loads(subprocess.run(program, check=True, stdout=subprocess.PIPE, text=True).stdout)


def act(action: str, case: Case, folder: Path) -> None:
    torch.set_num_threads(1)
    retorch.seed_everything(0)
    model = nn.Linear(1, 1)
    parts = {"model": model, "optimizer": torch.optim.SGD(model.parameters(), lr=0.1)}
    loader = make_loader(case)
    answer: dict[str, float] = {}
    start = time.perf_counter()
    run = retorch.Run(folder, seed=0, **parts, checkpoint_seconds=None)
    for batch in batches(run, loader):
        if action == "resume":
            answer = {"seconds": time.perf_counter() - start, "first_batch_at": time.time(), "batch": batch}
            break
        if batch == case.batch:
            break  # left inside the body, as a kill would leave it
        if batch == case.batch - 1:
            run.checkpoint()
    run.close()
    print(json.dumps(answer))


def batches(run: retorch.Run, loader: Any) -> Iterator[int]:
    for _ in run.epochs(1):
        for _ in run.steps(loader):
            yield run.batch


def make_loader(case: Case) -> Any:
    data = torch.zeros(case.samples, 1)
    if case.loader == "loader":
        return retorch.Loader(data, BATCH_SIZE, shuffle=True)
    return DataLoader(TensorDataset(data), BATCH_SIZE, shuffle=True)


if __name__ == "__main__":
    if sys.argv[1:2] in (["prepare"], ["resume"]):
        act(sys.argv[1], Case(**json.loads(sys.argv[2])), Path(sys.argv[3]))
    else:
        main()
