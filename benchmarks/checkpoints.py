"""What a checkpoint makes the loop wait, how long it takes to become durable, and how much memory it needs.

    python benchmarks/checkpoints.py            100 M parameters with Adam state, 1.1 GiB
    python benchmarks/checkpoints.py --small    a tenth of it

Each save is measured beside what it is compared with, turn by turn, and the median of the turns is shown.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from retorch.checkpoints import Vault

_LAYER_WIDTH = 1000  # a layer of a million parameters


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--small", action="store_true", help="10 M parameters")
    options.add_argument("--turns", type=int, default=7)
    options.add_argument("--folder", type=Path, help="where to write; the default is a temporary folder")
    chosen = options.parse_args()
    folder = Path(tempfile.mkdtemp(dir=chosen.folder))
    try:
        measure(folder, layers=10 if chosen.small else 100, turns=chosen.turns)
    finally:
        shutil.rmtree(folder)


def measure(folder: Path, *, layers: int, turns: int) -> None:
    parts = trained(layers)
    tensors = tensors_of(parts)
    size_bytes = sum(tensor.nbytes for tensor in tensors)
    warm = [torch.zeros_like(tensor) for tensor in tensors]
    raw = memoryview(torch.cat([tensor.reshape(-1).view(torch.uint8) for tensor in tensors]).numpy())
    vault = Vault(folder / "vault", keep_last=1)
    before = resident_bytes()
    with PeakMemory() as peak:
        save(vault, parts, 0)  # cold: the buffers are made here
        vault.wait()
    waits, copies, writes, raws = [], [], [], []
    for turn in range(1, turns + 1):
        copies.append(timed(lambda: torch._foreach_copy_(warm, tensors)))
        waits.append(timed(lambda turn=turn: save(vault, parts, turn)))
        vault.wait()
        writes.append(vault.last_write_seconds or 0.0)
        # A new file, the old one deleted afterwards, as a checkpoint has to: memory of a file just deleted is warm.
        raws.append(timed(lambda turn=turn: write_raw(folder / f"raw{turn}", raw)))
        (folder / f"raw{turn - 1}").unlink(missing_ok=True)
    vault.close()
    show(size_bytes, waits, copies, writes, raws, peak.bytes - before)


def trained(layers: int) -> dict[str, object]:
    """Return a model and its Adam after one step."""
    model = nn.Sequential(*[nn.Linear(_LAYER_WIDTH, _LAYER_WIDTH, bias=False) for _ in range(layers)])
    optimizer = torch.optim.Adam(model.parameters())
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    optimizer.zero_grad()
    return {"model": model, "optimizer": optimizer}


def tensors_of(parts: dict[str, object]) -> list[Tensor]:
    model, optimizer = parts["model"], parts["optimizer"]
    assert isinstance(model, nn.Module)
    assert isinstance(optimizer, torch.optim.Optimizer)
    states = [value for state in optimizer.state.values() for value in state.values()]
    return [*(parameter.detach() for parameter in model.parameters()), *states]


def save(vault: Vault, parts: dict[str, object], turn: int) -> None:
    vault.save(f"{turn:08d}", parts, position={"step": turn})


def write_raw(path: Path, data: memoryview) -> None:
    with path.open("wb", buffering=0) as file:
        rest = data
        while rest:
            rest = rest[file.write(rest[: 64 * 2**20]) :]
        os.fsync(file.fileno())


def timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def show(
    size_bytes: int, waits: list[float], copies: list[float], writes: list[float], raws: list[float], extra_bytes: int
) -> None:
    table = Table(title=f"A checkpoint of {size_bytes / 2**30:.2f} GiB, median of {len(waits)} turns")
    for column in ("what", "retorch", "compared with", "", "ratio", "goal"):
        table.add_column(column, justify="left" if column in ("what", "compared with") else "right")
    wait, copy, write, raw = map(statistics.median, (waits, copies, writes, raws))
    table.add_row(
        "the loop waits", f"{wait:.3f} s", "copy into warm buffers", f"{copy:.3f} s", f"{wait / copy:.2f}", "1.25"
    )
    table.add_row(
        "durable on the disk", f"{write:.3f} s", "raw write and fsync", f"{raw:.3f} s", f"{write / raw:.2f}", "1.15"
    )
    table.add_row(
        "extra memory, at its peak", f"{extra_bytes / 2**30:.2f} GiB", "the state itself",
        f"{size_bytes / 2**30:.2f} GiB", f"{extra_bytes / size_bytes:.2f}", "1",
    )  # fmt: skip
    Console().print(table)
    spread = ", ".join(
        f"{name} {min(times):.3f} to {max(times):.3f} s"
        for name, times in (("wait", waits), ("copy", copies), ("write", writes), ("raw write", raws))
    )
    Console().print(f"Spread: {spread}.")


class PeakMemory:
    """The most resident memory inside a `with`, looked at every few milliseconds."""

    def __enter__(self) -> PeakMemory:
        self.bytes = resident_bytes()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._end.wait(0.002):
            self.bytes = max(self.bytes, resident_bytes())

    def __exit__(self, *exception: object) -> None:
        self._end.set()
        self._thread.join()


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
