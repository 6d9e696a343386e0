"""What `retorch.inspect` and `retorch.sharing` cost, and how `sharing` grows with the number of tensors.

    python benchmarks/inspection.py            half a minute
    python benchmarks/inspection.py --quick    does it run at all?

Goals: 100 us for `inspect`, 50 ms for `sharing` of 1,000 tensors, and a growth of no more than n log n: a factor of
13.3 from 1,000 to 10,000. The growth is taken without Python's garbage collector, which walks through all objects of
the process the more often the more of them are made: what it adds to each time is in the milliseconds.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

import torch
from measuring import against, fast_quarter, median, read_options, show, spread, timed
from torch import Tensor, nn

import retorch

INSPECT_GOAL_US, SHARING_GOAL_MS = 100, 50
CALLS = 1000

Times: TypeAlias = Mapping[tuple[str, int], list[float]]


def main() -> None:
    assert __doc__ is not None
    options = read_options(__doc__, turns=21)
    torch.set_num_threads(1)
    calls = CALLS // 100 if options.quick else CALLS
    inspecting = {name: [] for name in SUBJECTS}
    for _ in range(options.turns):
        for name, subject in SUBJECTS.items():
            inspecting[name].append(1e6 * timed(lambda subject=subject: repeat(subject, calls)) / calls)
    report_inspecting(inspecting)

    counts = (10, 100) if options.quick else (100, 1000, 10_000)
    maps = {(name, count): make(count) for name, make in MAPS.items() for count in counts}
    sharing, uncollected = {key: [] for key in maps}, {key: [] for key in maps}
    for _ in range(max(options.turns // 3, 1)):
        for key, named in maps.items():
            sharing[key].append(1e3 * timed(lambda named=named: retorch.sharing(**named)))
            with collector_off():
                uncollected[key].append(1e3 * timed(lambda named=named: retorch.sharing(**named)))
    report_sharing(sharing, uncollected, counts)


@contextmanager
def collector_off() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def repeat(action: Callable[[], object], calls: int) -> None:
    for _ in range(calls):
        action()


def separate(count: int) -> Mapping[str, Tensor]:
    return {f"t{number}": torch.zeros(4, 4) for number in range(count)}


def rows(count: int) -> Mapping[str, Tensor]:
    return {f"t{number}": row for number, row in enumerate(torch.zeros(count, 16))}


def columns(count: int) -> Mapping[str, Tensor]:
    return {f"t{number}": column for number, column in enumerate(torch.zeros(16, count).unbind(1))}


def report_inspecting(times: Mapping[str, list[float]]) -> None:
    lines = []
    for name, values in times.items():
        goal = INSPECT_GOAL_US if name.startswith("inspect") else None
        lines.append((name, f"{fast_quarter(values):.1f}", spread(values), against(fast_quarter(values), goal)))
    show("retorch.inspect, microseconds a call", ("call", "lower quartile", "middle half", "goal"), lines)


def report_sharing(times: Times, uncollected: Times, counts: tuple[int, ...]) -> None:
    lines = []
    for name in MAPS:
        for count in counts:
            value = median(times[name, count])
            smaller = uncollected.get((name, count // 10))
            growth = median(uncollected[name, count]) / median(smaller) if smaller else None
            allowed = 10 * math.log(count) / math.log(count / 10) if growth else None
            lines.append((
                name, f"{count:,}", f"{value:.2f}", spread(times[name, count]),
                against(value, SHARING_GOAL_MS if count == 1000 else None),
                "" if growth is None else f"x {growth:.1f}", "" if growth is None else against(growth, allowed),
            ))  # fmt: skip
    show(
        "retorch.sharing, milliseconds", ("tensors", "how many", "median", "middle half", "goal", "growth", "n log n"),
        lines,
    )  # fmt: skip


SMALL, VIEW, PARAMETER = torch.zeros(4, 4), torch.zeros(3, 4, 5).permute(2, 0, 1)[1:], nn.Linear(8, 8).weight
GRAPH = (torch.zeros(4, requires_grad=True) * 2).exp()
LOOKED_AT = retorch.inspect(VIEW)
SUBJECTS: dict[str, Callable[[], object]] = {
    "inspect(small tensor)": lambda: retorch.inspect(SMALL),
    "inspect(permuted slice)": lambda: retorch.inspect(VIEW),
    "inspect(parameter)": lambda: retorch.inspect(PARAMETER),
    "inspect(result of exp)": lambda: retorch.inspect(GRAPH),
    "its card, str()": lambda: str(LOOKED_AT),
    "its .view(-1)": lambda: LOOKED_AT.view(-1),
    "its .reshape(-1)": lambda: LOOKED_AT.reshape(-1),
    "torch's repr(small tensor)": lambda: repr(SMALL),
}
MAPS = {"separate": separate, "rows of one": rows, "columns of one": columns}


if __name__ == "__main__":
    main()
