"""Doing what a page says: its Python in one namespace, its commands as real processes, in the order of the page."""

from __future__ import annotations

import contextlib
import difflib
import io
import linecache
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from reading import ROOT, Block

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
_PROGRAMS = {"retorch": [sys.executable, "-m", "retorch"], "python": [sys.executable]}
_ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", "COLUMNS": "100", "NO_COLOR": "1"}


class Page:
    """A reader who does all that a page says, in an empty folder; the files that it shows are there from the start."""

    def __init__(self, said: Sequence[Block]) -> None:
        for block in said:
            if "file" in block.marks:
                Path(block.marks["file"]).write_text(block.text, encoding="utf-8")
        self._names: dict[str, Any] = {"__name__": "__main__"}
        self._printed: str | None = None

    def play(self, block: Block) -> None:
        """Do what a block says, if it says something to do, and compare what it shows."""
        if block.marks.keys() & {"not run", "file"}:
            return
        if block.language == "python":
            self._printed = self._run(block)
        elif block.language == "console":
            for command, expected in commands(block.text):
                check(block, command, perform(command, block.marks), expected, block.marks)
        elif "between" in block.marks:
            check_difference(block, *block.marks["between"].split())
        elif block.language == "text" and block.follows and self._printed is not None:
            compare(block, "the Python above", self._printed, block.text)

    def _run(self, block: Block) -> str:
        printed = io.StringIO()
        # Tracebacks and notes name the page as a reader would, with its lines, though this folder is another one.
        page = str(block.page.relative_to(ROOT)) if block.page.is_relative_to(ROOT) else str(block.page)
        lines = block.page.read_text(encoding="utf-8").splitlines(keepends=True)
        linecache.cache[page] = (0, None, lines, page)
        code = compile("\n" * (block.line - 1) + block.text, page, "exec")
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            exec(code, self._names)
        return printed.getvalue()


def commands(text: str) -> list[tuple[str, str]]:
    """Split a console block into the commands typed and what each is said to print."""
    pieces = re.split(r"^\$ (.+)\n", text, flags=re.MULTILINE)
    assert not pieces[0], f"a console block starts with a command, not with {pieces[0]!r}"
    return list(zip(pieces[1::2], pieces[2::2], strict=True))


def perform(command: str, marks: dict[str, str]) -> tuple[int, str]:
    """Run a command in the current folder; return its exit code and all that it wrote."""
    words = shlex.split(command, comments=True)
    process = subprocess.Popen(
        [*_PROGRAMS.get(words[0], words[:1]), *words[1:]],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_ENVIRONMENT,
    )  # fmt: skip
    assert process.stdout is not None
    lines = []
    with process:
        for line in process.stdout:
            lines.append(line)
            for mark, number in (("killed at", signal.SIGKILL), ("interrupted at", signal.SIGINT)):
                if mark in marks and marks[mark] in line:
                    process.send_signal(number)
    if process.returncode == -signal.SIGKILL:
        lines.append("Killed\n")  # as a shell says it
    return process.returncode, "".join(lines)


def check(block: Block, command: str, answer: tuple[int, str], expected: str, marks: dict[str, str]) -> None:
    """Compare exit code and output with what the page says."""
    code, output = answer
    wanted = -signal.SIGKILL if "killed at" in marks else int(marks.get("exit code", 0))
    assert code == wanted, f"{block.place}: `{command}` left with {code}, not {wanted}:\n{output}"
    if expected.strip():
        compare(block, command, output, expected)


def check_difference(block: Block, before: str, after: str) -> None:
    """Demand that a diff shows every line that two files differ in, in the order of the second."""
    lines = [Path(name).read_text(encoding="utf-8").splitlines() for name in (before, after)]
    differing = [line[:1] + line[2:] for line in difflib.ndiff(*lines) if line[0] in "+-" and line[2:].strip()]
    assert sorted(differing) == sorted(block.text.splitlines()), f"{block.place}: {before} and {after} differ otherwise"


def compare(block: Block, what: str, output: str, expected: str) -> None:
    """Demand the same lines in the same order, numbers and repetitions aside; `...` stands for any lines.

    The folder of the page is called `/home/you` there.
    """
    output = output.replace(f"{Path.cwd()}/", "/home/you/")
    pattern = "".join("(?:.*\n)*" if line == "..." else re.escape(line) + "\n" for line in shape(expected))
    found = "".join(line + "\n" for line in shape(output))
    assert re.fullmatch(pattern, found), f"{block.place}: {what} shows\n{output}\nand the page says\n{expected}"


def shape(text: str) -> list[str]:
    """Return the different lines of a text in the order in which they come first, without numbers and widths.

    >>> shape("epoch 1  loss 2.30\\nepoch 2  loss 1.75\\n")
    ['epoch # loss #']
    """
    masked = [" ".join(_NUMBER.sub("#", line).split()) for line in text.splitlines()]
    return _each_once([line for line in masked if line])


def _each_once(lines: list[str]) -> list[str]:
    seen: set[str] = set()
    once: Callable[[str], bool] = lambda line: line == "..." or not (line in seen or seen.add(line))  # noqa: E731
    return [line for line in lines if once(line)]
