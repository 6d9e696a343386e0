"""What recording costs a training, and how long two long records take to compare.

    python benchmarks/recording.py            about ten minutes
    python benchmarks/recording.py --quick    does it run at all?

The same training runs without a record, at the level "light" and at the level "full", turn by turn in one process, and
each turn's times are compared with that turn's training without one. The clock is read at the first counted step and
at the last one; what lies between is counted, writing the record into its file included. The small step is the digits
network of an MLP, the large one a transformer whose step takes some 20 ms. Million-step records are written by the
recorder itself, with random fingerprints, and compared by the command line's own function, without a replay.
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from measuring import against, fast_quarter, median, ratios, read_options, show, spread
from sklearn.datasets import load_digits
from torch import Tensor, nn

import retorch
from retorch.comparison import examine
from retorch.events import Observer, StepEnded
from retorch.recorder import Recorder
from retorch.runs import RunFolder, RunInfo

LEVELS = ("off", "light", "full")
GOALS = {("small", "light"): 1.02, ("large", "light"): 1.005, ("large", "full"): 1.05}


@dataclass(frozen=True)
class Job:
    name: str
    model: type[nn.Module]
    batch_size: int
    epochs: int
    repeats: int = 1


class Digits(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


class Transformer(nn.Module):
    """Each picture is a sentence of eight rows; some 400,000 parameters."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(128, 4, 512, dropout=0.1, batch_first=True)
        self.rows = nn.Linear(8, 128)
        self.body = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(128, 10)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.head(self.body(self.rows(pictures.view(-1, 8, 8))).mean(1))


class Clock(Observer):
    """Reads the time after the first epoch and after the last step."""

    def __init__(self, warm_up: int) -> None:
        self.warm_up, self.begin, self.end, self.steps = warm_up, 0.0, 0.0, 0

    def attach(self, hub) -> None:
        hub.on(StepEnded, self.look)

    def look(self, event: StepEnded) -> None:
        if event.state.step == self.warm_up:
            self.begin = time.perf_counter()
        self.end, self.steps = time.perf_counter(), event.state.step


def train(job: Job, level: str, folder: Path) -> tuple[float, float]:
    """Return seconds a step, and the bytes of the record a step."""
    pictures, labels = load_digits(return_X_y=True)
    data = torch.tensor(pictures / 16, dtype=torch.float32), torch.tensor(labels)
    retorch.seed_everything(7)
    model = job.model()
    optimizer = torch.optim.Adam(model.parameters())
    warm_up = -(-len(labels) // job.batch_size)
    clock = Clock(warm_up)
    trainer = retorch.Trainer(
        model, optimizer, loss=nn.CrossEntropyLoss(), seed=7, threads=1, device="cpu", observers=[clock]
    )
    trainer.fit(data, epochs=job.epochs, batch_size=job.batch_size, run=folder, record=level, quiet=True)
    size = (folder / "metrics.sqlite").stat().st_size
    return (clock.end - clock.begin) / (clock.steps - warm_up), size / clock.steps


def measure(job: Job, turns: int) -> None:
    times: dict[str, list[float]] = {level: [] for level in LEVELS}
    sizes: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="retorch-bench-") as name:
        for turn in range(turns):
            order = LEVELS if turn % 2 else LEVELS[::-1]
            for level in order:
                seconds, size = train(job, level, Path(name) / f"{turn}-{level}")
                times[level].append(seconds)
                sizes[level] = size
    rows = []
    for level in LEVELS:
        ratio = ratios(times[level], times["off"])
        bytes_more = sizes[level] - sizes["off"]
        rows.append([
            level, f"{fast_quarter(times[level]) * 1e6:,.0f}", f"{median(ratio):.3f}", spread(ratio),
            against(median(ratio), GOALS.get((job.name, level))), f"{bytes_more:,.0f}",
        ])  # fmt: skip
    columns = ("record", "step, us", "over off", "middle half", "goal", "bytes a step")
    show(f"{job.name} step, {turns} turns", columns, rows)


def write_record(folder: Path, steps: int, *, differs_at: int | None) -> None:
    generator = np.random.default_rng(1)
    with RunFolder.create_or_open(folder, RunInfo.new(seed=7, threads=1)) as run, Recorder(run) as recorder:
        recorder.note_record(level="light", every=100, devices=["cpu"], step=0)
        ids = np.arange(32).tobytes()
        for step in range(steps):
            words = generator.integers(1, 2**63, 6).tolist()
            if differs_at is not None and step >= differs_at:
                words[4] += 1
            recorder.add_entry(tuple(words), ids)
            recorder.log({"loss": words[4] / 2**63}, step=step, epoch=0, phase="train")


def compare_records(steps: int, turns: int) -> None:
    rows = []
    with tempfile.TemporaryDirectory(prefix="retorch-bench-") as name:
        records = {"equal": None, "other at the end": steps - 1}
        for label, differs_at in {"a": None, **records}.items():
            write_record(Path(name) / label, steps, differs_at=differs_at)
        for label, expected in records.items():
            times = []
            for _ in range(turns):
                start = time.perf_counter()
                found = examine(Path(name) / "a", Path(name) / label, replay=False)
                times.append(time.perf_counter() - start)
            step = found.difference.first.step if found.difference else None
            assert step == expected
            rows.append([label, f"{median(times):.2f}", against(median(times), 2.0)])
    show(f"comparing two records of {steps:,} steps", ("B's record", "seconds", "goal"), rows)


def main() -> None:
    assert __doc__ is not None
    options = read_options(__doc__, turns=11)
    torch.set_num_threads(1)
    quick = options.quick
    jobs = [Job("small", Digits, 32, 3 if quick else 30), Job("large", Transformer, 64, 2 if quick else 6)]
    for job in jobs[:1] if quick else jobs:
        measure(job, options.turns)
    compare_records(2_000 if quick else 1_000_000, 2 if quick else 5)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
