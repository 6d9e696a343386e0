"""What a checkpoint makes the loop wait, how long it takes to become durable, and how much memory it needs.

    python benchmarks/checkpoints.py            100 M parameters with Adam's state, 1.1 GiB; about two minutes
    python benchmarks/checkpoints.py --quick    does it run at all?
    TMPDIR=/somewhere python benchmarks/checkpoints.py    another disk

A run is asked for a checkpoint, and the time is taken that it needs for handing out the next batch: everything in which
the loop stands still. Then the loop idles until the new checkpoint has its name, so the disk is the only limit, as for
the raw write beside it: one file of the same bytes, from memory, with fsync. In a second part the loop computes
meanwhile, at one thread, and what its steps lose to the writing beside them is added up.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from measuring import against, median, ratios, read_options, resident_bytes, show, spread, timed
from torch import Tensor, nn

import retorch

LAYER_WIDTH = 1000  # a layer of a million parameters


def main() -> None:
    assert __doc__ is not None
    options = read_options(__doc__, turns=7)
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), layers=2 if options.quick else 100, turns=options.turns)


def measure(folder: Path, *, layers: int, turns: int) -> None:
    retorch.seed_everything(0)
    model, optimizer = trained(layers)
    tensors = tensors_of(model, optimizer)
    size_bytes = sum(tensor.nbytes for tensor in tensors)
    warm = [tensor.clone() for tensor in tensors]
    raw = memoryview(torch.cat([tensor.reshape(-1).view(torch.uint8) for tensor in tensors]).numpy())
    before = resident_bytes()
    copies, waits, writes, raws = [], [], [], []
    with PeakMemory() as peak:
        loop = Loop(folder / "run", model, optimizer)
        for turn in range(turns):
            if turn % 2:  # nobody always finds the disk as the other one left it
                raws.append(write_raw(folder / "raw", raw))
            copies.append(timed(lambda: torch._foreach_copy_(warm, tensors)))
            waits.append(timed(loop.save))
            writes.append(loop.wait_until_durable())
            if not turn % 2:
                raws.append(write_raw(folder / "raw", raw))
    losses = [loop.lose_to_writing() for _ in range(turns)]
    loop.close()
    report(size_bytes, copies, waits, writes, raws, peak.bytes - before, losses)


def report(
    size_bytes: int, copies: list[float], waits: list[float], writes: list[float], raws: list[float],
    extra_bytes: int, losses: list[float],
) -> None:  # fmt: skip
    wait, write, extra = ratios(waits, copies), ratios(writes, raws), extra_bytes / size_bytes
    show(
        f"A checkpoint of {size_bytes / 2**30:.2f} GiB, median of {len(waits)} turns",
        ("", "retorch", "compared with", "", "ratio", "middle half", "goal"),
        [
            ("the loop waits", f"{median(waits):.3f} s", "copy into warm buffers", f"{median(copies):.3f} s",
             f"{median(wait):.2f}", spread(wait), against(median(wait), 1.25)),
            ("then durable after", f"{median(writes):.3f} s", "raw write and fsync", f"{median(raws):.3f} s",
             f"{median(write):.2f}", spread(write), against(median(write), 1.15)),
            ("extra memory at its peak", f"{extra_bytes / 2**30:.2f} GiB", "the state itself",
             f"{size_bytes / 2**30:.2f} GiB", f"{extra:.2f}", "", against(extra, 1.02)),
            ("steps lose meanwhile", f"{median(losses):.3f} s", "", "", "", spread(losses) + " s", ""),
        ],
    )  # fmt: skip


class Loop:
    """A training that is driven from outside: it takes a step when it is told to."""

    def __init__(self, folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self._run = retorch.Run(folder, seed=0, model=model, optimizer=optimizer, checkpoint_seconds=None, keep_last=1)
        self._batches = self._walk()
        self._checkpoints = folder / "checkpoints"
        next(self._batches)  # the state before the first step is saved here, and the buffers are made
        self._saved: set[str] = set()
        self.wait_until_durable()

    def save(self) -> None:
        self._run.checkpoint()
        next(self._batches)

    def wait_until_durable(self) -> float:
        """Return how long the new checkpoint takes to get its name; also wait until the old one is deleted."""
        start = time.perf_counter()
        while not self._names() - self._saved:
            time.sleep(0.001)
        seconds = time.perf_counter() - start
        while len(names := self._names()) > 1:
            time.sleep(0.001)
        self._saved = names
        return seconds

    def lose_to_writing(self) -> float:
        """Return the seconds by which the steps during a save are slower, all of them together."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        alone = median([self._compute() for _ in range(20)])
        self.save()
        during = []
        while not self._names() - self._saved:
            during.append(self._compute())
        torch.set_num_threads(threads)
        self.wait_until_durable()
        return sum(during) - alone * len(during)

    def close(self) -> None:
        self._run.close()

    def _walk(self) -> Iterator[Any]:
        for _ in self._run.epochs(1):
            yield from self._run.steps(retorch.Loader(torch.zeros(10_000)))

    def _compute(self) -> float:
        """Take a step's worth of work that depends on no state: some 10 ms."""
        start = time.perf_counter()
        matrix = torch.full((512, 512), 0.001)
        for _ in range(5):
            matrix = matrix @ matrix
        return time.perf_counter() - start

    def _names(self) -> set[str]:
        return {path.name for path in self._checkpoints.iterdir() if not path.name.startswith(".")}


def trained(layers: int) -> tuple[nn.Module, torch.optim.Optimizer]:
    """Return a model and its Adam after one step."""
    model = nn.Sequential(*[nn.Linear(LAYER_WIDTH, LAYER_WIDTH, bias=False) for _ in range(layers)])
    optimizer = torch.optim.Adam(model.parameters())
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    optimizer.zero_grad()
    return model, optimizer


def tensors_of(model: nn.Module, optimizer: torch.optim.Optimizer) -> list[Tensor]:
    states = [value for state in optimizer.state.values() for value in state.values()]
    return [*(parameter.detach() for parameter in model.parameters()), *states]


def write_raw(path: Path, data: memoryview) -> float:
    """Return the seconds that a new file takes, as a checkpoint's are new, and delete it again."""
    start = time.perf_counter()
    with path.open("wb", buffering=0) as file:
        rest = data
        while rest:
            rest = rest[file.write(rest[: 64 * 2**20]) :]
        os.fsync(file.fileno())
    seconds = time.perf_counter() - start
    path.unlink()
    return seconds


class PeakMemory:
    """The most resident memory inside a `with`, looked at every few milliseconds."""

    def __enter__(self) -> PeakMemory:
        self.bytes = resident_bytes()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._end.wait(0.005):
            self.bytes = max(self.bytes, resident_bytes())

    def __exit__(self, *exception: object) -> None:
        self._end.set()
        self._thread.join()


if __name__ == "__main__":
    main()
