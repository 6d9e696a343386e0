"""What fingerprints cost: a large tensor, beside a copy of it; a batch; the generators; many parameters.

    python benchmarks/fingerprints.py            a minute; on a GPU too, where there is one
    python benchmarks/fingerprints.py --quick    does it run at all?

The large tensor is 64 MiB of float32. The copy is made within the same turn, into memory that is there already. On the
CPU the ordered sum is the reference, made of torch's operations; on a GPU it is the Triton kernel, beside torch's plain
sum as the speed at which the memory can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
import xxhash
from measuring import against, median, ratios, read_options, show, spread, timed
from torch import Tensor

from retorch.fingerprints import (
    fingerprint,
    fingerprint_batch,
    fingerprint_later,
    generators_fingerprint,
    ordered_sum,
)

LARGE, CALLS, BATCH_GOAL_US = 1 << 24, 2000, 3
COLUMNS = ("what", "median", "middle half", "goal")


def main() -> None:
    assert __doc__ is not None
    options = read_options(__doc__, turns=11)
    elements = 1 << 12 if options.quick else LARGE
    for threads in (1, 2):
        torch.set_num_threads(threads)
        report_large(torch.randn(elements), threads, options.turns)
    torch.set_num_threads(1)
    report_small(20 if options.quick else CALLS, options.turns)
    if torch.cuda.is_available():
        report_device(torch.randn(16 * elements, device="cuda"), options.turns)


def report_large(tensor: Tensor, threads: int, turns: int) -> None:
    into = torch.empty_like(tensor)
    times = take_turns(turns, {
        "copy": lambda: into.copy_(tensor),
        "fingerprint, xxh3-64": lambda: fingerprint(tensor),
        "fingerprint, not contiguous": lambda: fingerprint(tensor.view(64, -1).t()),
        "ordered_sum": lambda: ordered_sum(tensor),
    })  # fmt: skip
    rows = [("copy, ms", f"{1e3 * median(times['copy']):.2f}", spread([1e3 * value for value in times["copy"]]), "")]
    for name, values in list(times.items())[1:]:
        shares = ratios(times["copy"], values)
        rows.append((f"{name}, over the copy's speed", f"{median(shares):.3f}", spread(shares), ""))
    show(f"Fingerprints of {tensor.nbytes >> 20} MiB of float32, {threads} thread(s)", COLUMNS, rows)


def report_small(calls: int, turns: int) -> None:
    x, y = torch.randn(32, 64), torch.randint(0, 10, (32,))
    array = x.numpy()
    parameters = [torch.randn(size) for size in (64, 4096) for _ in range(50)]
    actions: dict[str, Callable[[], object]] = {
        "xxhash alone, 8 KiB": lambda: xxhash.xxh3_64_intdigest(array, 7),
        "fingerprint(8 KiB)": lambda: fingerprint(x),
        "fingerprint(its transpose)": lambda: fingerprint(x.t()),
        "fingerprint_batch((x, y))": lambda: fingerprint_batch((x, y)),
        "fingerprint_batch({...: x, ...: y})": lambda: fingerprint_batch({"inputs": x, "labels": y}),
        "generators_fingerprint()": generators_fingerprint,
        "fingerprint_later(100 parameters)": lambda: fingerprint_later(parameters).read(),
    }
    times = take_turns(turns, {name: repeated(action, calls) for name, action in actions.items()})
    rows = []
    for name, values in times.items():
        micros = [1e6 * value / calls for value in values]
        goal = BATCH_GOAL_US if name == "fingerprint_batch((x, y))" else None
        rows.append((name, f"{median(micros):.2f}", spread(micros), against(median(micros), goal)))
    show("Fingerprints of small things, microseconds a call", COLUMNS, rows)


def report_device(tensor: Tensor, turns: int) -> None:
    parameters = [torch.randn(size, device="cuda") for size in (64, 1 << 16) for _ in range(64)]
    actions: dict[str, Callable[[], object]] = {
        "read": tensor.sum,
        "float32": lambda: fingerprint_later([tensor]),
        "bfloat16": lambda: fingerprint_later([tensor.view(torch.bfloat16)]),
        "int64": lambda: fingerprint_later([tensor.view(torch.int64)]),
    }
    times = take_turns(turns, {name: on_device(action) for name, action in actions.items()})
    rows = []
    for name, values in times.items():
        rates = [tensor.nbytes / value / 1e9 for value in values]
        rows.append((f"{name}, GB/s", f"{median(rates):.0f}", spread(rates), ""))
    many = [1e6 * timed(lambda: fingerprint_later(parameters)) for _ in range(turns)]
    rows.append(("128 parameters, the host's microseconds", f"{median(many):.0f}", spread(many), ""))
    show(f"Fingerprints of {tensor.nbytes >> 20} MiB on {torch.cuda.get_device_name()}", COLUMNS, rows)


def take_turns(turns: int, actions: Mapping[str, Callable[[], object]]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in actions}
    for action in actions.values():
        action()
    for _ in range(turns):
        for name, action in actions.items():
            times[name].append(timed(action))
    return times


def repeated(action: Callable[[], object], calls: int) -> Callable[[], None]:
    def run() -> None:
        for _ in range(calls):
            action()

    return run


def on_device(action: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        torch.cuda.synchronize()
        action()
        torch.cuda.synchronize()

    return run


if __name__ == "__main__":
    main()
