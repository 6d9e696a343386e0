"""How many samples a second retorch's loader gives, over torch's DataLoader with the same workers.

    python benchmarks/loaders.py            about two minutes
    python benchmarks/loaders.py --quick    does it run at all?

Whole epochs in turn, in one process at one thread; workers stay alive between epochs on both sides. The loader is
walked as a training does, inside `run.steps`, and by a plain `for`, which gives the caller's random streams back
after each batch. The images are cropped, resized and flipped, as augmentation does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from measuring import against, median, ratios, read_options, show, spread, timed
from torch import Tensor
from torch.nn.functional import interpolate
from torch.utils.data import DataLoader, Dataset, TensorDataset

import retorch

BATCH_SIZE = 32


class Images(Dataset[tuple[Tensor, int]]):
    """Bytes [samples, 3, 96, 96] in; a random crop resized to 64 by 64, flipped or not, as normalised floats out."""

    def __init__(self, samples: int) -> None:
        self._images = torch.randint(0, 256, (samples, 3, 96, 96), dtype=torch.uint8)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        side = int(torch.randint(48, 97, ()))
        top, left, flip = (int(torch.randint(0, limit, ())) for limit in (97 - side, 97 - side, 2))
        crop = self._images[index, :, top : top + side, left : left + side].float().sub_(127.5).div_(64)
        image = interpolate(crop[None], (64, 64), mode="bilinear", antialias=True)[0]
        return (image.flip(2) if flip else image), index % 10


@dataclass(frozen=True)
class Case:
    """One comparison: the same data and workers on both sides."""

    label: str
    data: Any
    workers: int
    goal: float


def main() -> None:
    assert __doc__ is not None
    options = read_options(__doc__, turns=13)
    torch.set_num_threads(1)
    images, rows = (128, 1024) if options.quick else (2048, 65536)
    in_memory = TensorDataset(torch.zeros(rows, 64), torch.zeros(rows, dtype=torch.int64))
    cases = [
        Case("images", Images(images), workers=0, goal=0.97),
        Case("images", Images(images), workers=2, goal=0.97),
        Case("tensors in memory", in_memory, workers=0, goal=5),
    ]
    walked = [measure(case, options.turns) for case in cases]
    report(cases, walked, options.turns)


def measure(case: Case, turns: int) -> dict[str, list[float]]:
    """Return the seconds of each epoch, by the way of walking."""
    ways = ways_of_walking(case, turns)
    for walk in ways.values():
        walk()  # starts the workers
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(turns):
        for way in sorted(ways, reverse=turn % 2 == 1):  # nobody always comes first
            seconds[way].append(timed(ways[way]))
    return seconds


def ways_of_walking(case: Case, turns: int) -> dict[str, Callable[[], object]]:
    def loader() -> retorch.Loader:
        return retorch.Loader(case.data, BATCH_SIZE, shuffle=True, workers=case.workers, seed=0)

    theirs = DataLoader(
        case.data, BATCH_SIZE, shuffle=True, num_workers=case.workers, persistent_workers=case.workers > 0
    )
    run, in_run = retorch.Run(None, seed=0), loader()
    epochs = run.epochs(turns + 2)

    def walk_in_run() -> None:
        next(epochs)
        drain(run.steps(in_run))

    return {"DataLoader": partial(drain, theirs), "run.steps": walk_in_run, "for": partial(drain, loader())}


def drain(batches: Any) -> None:
    for _ in batches:
        pass


def report(cases: list[Case], walked: list[dict[str, list[float]]], turns: int) -> None:
    rows = []
    for case, seconds in zip(cases, walked, strict=True):
        for way, ours in seconds.items():
            faster = ratios(seconds["DataLoader"], ours)
            goal = case.goal if way == "run.steps" else None
            per_second = len(case.data) / median(ours)
            label = "torch DataLoader" if way == "DataLoader" else f"retorch.Loader, {way}"
            rows.append((case.label, str(case.workers), label, f"{per_second:,.0f}", f"{median(faster):.3f}",
                         spread(faster), against(median(faster), goal, at_least=True)))  # fmt: skip
    columns = ("data", "workers", "loader", "samples/s", "times torch's", "middle half", "goal")
    show(f"Throughput of loaders, batches of {BATCH_SIZE}, median of {turns} epochs", columns, rows)


if __name__ == "__main__":
    main()
