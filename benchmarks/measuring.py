"""What the benchmarks share: options, ratios taken turn by turn, tables, and the machine that they ran on."""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table


def read_options(introduction: str, *, turns: int, quick_turns: int = 2, **more: str) -> argparse.Namespace:
    """Read `--quick`, `--turns` and more options with a text each.

    `--quick` is for the test that keeps a benchmark from rotting.
    """
    parser = argparse.ArgumentParser(description=introduction, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, in seconds; the figures mean nothing")
    parser.add_argument("--turns", type=int, help=f"how often each thing is measured ({turns})")
    for name, meaning in more.items():
        parser.add_argument(f"--{name}", help=meaning)
    options = parser.parse_args()
    options.turns = options.turns or (quick_turns if options.quick else turns)
    return options


def timed(action: Callable[[], object]) -> float:
    """Return how many seconds something takes, without the garbage of what came before it."""
    gc.collect()
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def ratios(values: Sequence[float], references: Sequence[float]) -> list[float]:
    """Compare turn by turn: what slows the machine for a while slows both."""
    return [value / reference for value, reference in zip(values, references, strict=True)]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def fast_quarter(values: Sequence[float]) -> float:
    """Return the lower quartile: neighbours on the machine only ever add time."""
    return statistics.quantiles(values, n=4, method="inclusive")[0] if len(values) > 1 else values[0]


def spread(values: Sequence[float]) -> str:
    """Show the middle half of the values; a shared machine makes the extremes say little."""
    low, _, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3
    return f"{low:.3g} to {high:.3g}"


def against(ratio: float, goal: float | None, *, at_least: bool = False) -> str:
    """Show a goal and whether a ratio meets it."""
    if goal is None:
        return ""
    met = ratio >= goal if at_least else ratio <= goal
    return f"{'>=' if at_least else '<='} {goal:g} {'met' if met else 'MISSED'}"


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *notes: str) -> None:
    """Print a table, its notes and the machine. The first column is text, the others are figures."""
    console = Console(width=max(132, Console().width), highlight=False)
    table = Table(title=title, title_justify="left", title_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for line in (*notes, describe_machine()):
        console.print(line, style="dim", soft_wrap=True)
    console.print()


def describe_machine() -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    versions = f"Python {platform.python_version()}, torch {torch.__version__}, retorch {_version('retorch')}"
    threads = f"torch threads: {torch.get_num_threads()}"
    return f"{_processor()}, {os.cpu_count()} cores, load average {load}; {versions}; {threads}."


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _version(package: str) -> Any:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "from its sources"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.processor())
