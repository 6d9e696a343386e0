"""What a step costs in each library, over the loop that one writes by hand.

    python benchmarks/step.py            about ten minutes
    python benchmarks/step.py --quick    does it run at all?

Each contender lives in a process of its own, because libraries change the one they are in (signals, threads, tracing).
All are started first and wait; then they train one at a time, turn by turn, so that what slows the machine for a while
slows all of them; after two turns fresh processes take over. A turn is one whole training of a fresh network. Start-up,
imports and the first epochs are not counted: the clock is read in the network's forward pass, at the first counted step
and at the last one. Everything in between is, such as the ends of epochs, bars, records and checkpoints. Each process
has one thread for torch and a pseudo-terminal that its parent reads, so that bars are drawn as on a real one, and its
allocator keeps freed memory.
"""

from __future__ import annotations

import importlib.metadata
import multiprocessing
import os
import pty
import tempfile
import termios
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import torch
from contenders import CONTENDERS, Contender, Size, train
from measuring import against, fast_quarter, median, ratios, read_options, show, spread

SMALL = Size("small", hidden=(64,), batch_size=32, epochs=42, warm_up_epochs=2)
LARGE = Size("large", hidden=(1024, 1024), batch_size=64, epochs=5, warm_up_epochs=1)
QUICK = Size("quick", hidden=(8,), batch_size=480, epochs=3, warm_up_epochs=1)

# Without the last two, glibc gives memory back to the kernel and takes it again in every step, a third of a large step,
# unless something large was freed before: then whoever happens to do that wins.
SURROUNDINGS = {
    "OMP_NUM_THREADS": "1",
    "TERM": "xterm-256color",
    "MALLOC_MMAP_THRESHOLD_": "1000000000",
    "MALLOC_TRIM_THRESHOLD_": "1000000000",
}

# Where a process happens to have its memory makes a large step up to 8% faster or slower, for as long as it lives.
TURNS_OF_A_PROCESS = 2

Reading = tuple[float, float]
Readings = dict[Size, dict[str, list[Reading]]]


def main() -> None:
    assert __doc__ is not None
    options = read_options(__doc__, turns=10, quick_turns=1, only="contenders beside 'hand', with commas between")
    names = choose(options.only, quick=options.quick)
    torch.set_num_threads(1)
    os.environ |= SURROUNDINGS
    readings: Readings = {size: {name: [] for name in names} for size in ([QUICK] if options.quick else [SMALL, LARGE])}
    with pseudo_terminal() as terminal:
        for turn in range(0, options.turns, TURNS_OF_A_PROCESS):
            with ExitStack() as stack:
                asked = {name: stack.enter_context(contestant(name, terminal)) for name in names}
                for size in readings:
                    measure(asked, size, min(TURNS_OF_A_PROCESS, options.turns - turn), readings[size])
    for size in readings:
        report(size, readings[size])


def choose(only: str | None, *, quick: bool) -> list[str]:
    wanted = {"hand", *only.split(",")} if only else set(CONTENDERS)
    wanted |= {CONTENDERS[name].over for name in wanted}
    return [name for name, contender in CONTENDERS.items()
            if name in wanted and not (quick and contender.variant) and is_installed(contender)]  # fmt: skip


def is_installed(contender: Contender) -> bool:
    try:
        importlib.metadata.version(contender.package)
    except importlib.metadata.PackageNotFoundError:
        if contender.package == "retorch":
            return True  # run from its sources
        print(f"{contender.label} is left out: pip install {contender.package}")
        return False
    return True


def measure(asked: dict[str, Connection], size: Size, turns: int, readings: dict[str, list[Reading]]) -> None:
    train_in(asked, size)  # all at once and not counted: it warms up caches, allocators and lazy imports
    names = list(asked)
    for _ in range(turns):
        # Another one begins each time, so that nobody always follows the same neighbour.
        first = len(readings["hand"]) % len(names)
        for name in names[first:] + names[:first]:
            readings[name] += train_in({name: asked[name]}, size)


def train_in(asked: dict[str, Connection], size: Size) -> list[Reading]:
    for connection in asked.values():
        connection.send(size)
    answers = {name: connection.recv() for name, connection in asked.items()}
    for name, answer in answers.items():
        if isinstance(answer, str):
            raise RuntimeError(f"{name} failed: {answer}")  # noqa: TRY004 - it is a message, not a wrong type
    return list(answers.values())


def report(size: Size, readings: dict[str, list[Reading]]) -> None:
    rows = []
    for name, values in readings.items():
        contender = CONTENDERS[name]
        walls, processors = zip(*values, strict=True)
        walls_over, processors_over = zip(*readings[contender.over], strict=True)
        wall, processor = ratios(walls, walls_over), ratios(processors, processors_over)
        quiet = fast_quarter(processors) / fast_quarter(processors_over)
        goal = contender.goal and contender.goal[size is LARGE]
        rows.append((contender.label, f"{median(walls) * 1e6:,.0f}", f"{median(wall):.3f}", spread(wall),
                     f"{median(processors) * 1e6:,.0f}", f"{median(processor):.3f}", f"{quiet:.3f}",
                     against(median(wall), goal)))  # fmt: skip
    show(
        f"A {size.name} step: 64-{'-'.join(map(str, size.hidden))}-10, batch {size.batch_size}, median of "
        f"{len(values)} turns",
        ("", "wall us", "ratio", "middle half", "CPU us", "ratio", "undisturbed", "goal (wall)"),
        rows,
        "Ratios are over the hand loop with torch's DataLoader in the same turn; for 'own Dataset', over that hand "
        "loop. 'undisturbed' compares the lower quartiles of processor time. Bars write into a pseudo-terminal.",
    )


@contextmanager
def contestant(name: str, terminal: str) -> Iterator[Connection]:
    """Start a process that trains each time it is sent a size, and answers with what a step took."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, terminal, name), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join(10)


def serve(asked: Connection, terminal: str, name: str) -> None:
    screen = os.open(terminal, os.O_RDWR | os.O_NOCTTY)
    os.dup2(screen, 1)
    os.dup2(screen, 2)
    torch.set_num_threads(1)
    while True:
        try:
            size = asked.recv()
        except EOFError:
            return
        with tempfile.TemporaryDirectory() as folder:
            try:
                asked.send(train(name, size, Path(folder)))
            except Exception as error:  # noqa: BLE001 - told to the parent, who raises it
                asked.send(f"{type(error).__name__}: {error}")


@contextmanager
def pseudo_terminal() -> Iterator[str]:
    """Open a terminal of 100 columns that a thread reads and forgets, and give its name."""
    reading, writing = pty.openpty()
    termios.tcsetwinsize(writing, (24, 100))
    threading.Thread(target=drain, args=(reading,), daemon=True).start()
    yield os.ttyname(writing)


def drain(descriptor: int) -> None:
    while os.read(descriptor, 65536):
        pass


if __name__ == "__main__":
    main()
