"""Runs the exam: which mistakes are named at their lines, and what is said of correct programs.

python tests/exam/examining.py
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import torch

from retorch.checks import Finding, Script, check_script
from retorch.randomness import capture, restore

HERE = Path(__file__).parent
WRONG = sorted(HERE.glob("wrong/*/*/train.py"))
CORRECT = sorted([*HERE.glob("right/*/*/train.py"), *HERE.glob("correct/*/train.py")])
MARKS = ("# <-- MISTAKE", "# <-- OR")


def name_of(path: Path) -> str:
    """Return a short name of a script: "loop/no_zero_grad_1"."""
    return str(path.parent.relative_to(HERE / path.relative_to(HERE).parts[0]))


def known_misses() -> set[str]:
    """Return the names of wrong scripts that are known not to be found."""
    lines = (HERE / "known_misses.txt").read_text(encoding="utf-8").splitlines()
    return {line.split()[0] for line in lines if line and not line.startswith("#")}


def findings_of(path: Path) -> list[Finding]:
    """Check a script in this process, in its own folder and without its output."""
    with _as_before(path.parent), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        checked = check_script(Script(path.name))
    if checked.error is not None and not isinstance(checked.error, SystemExit):
        raise checked.error
    return list(checked.findings)


def is_named(path: Path, findings: list[Finding]) -> bool:
    """Tell whether a finding stands at a marked statement."""
    marked = {file.name: set(_marked_lines(file)) for file in path.parent.glob("*.py")}
    return any(finding.line in marked.get(Path(finding.file).name, ()) for finding in findings)


def _marked_lines(file: Path) -> Iterator[int]:
    """Yield all lines of each statement that is marked: its findings may stand at any of them."""
    source = file.read_text(encoding="utf-8")
    for number, line in enumerate(source.splitlines(), 1):
        if any(mark in line for mark in MARKS):
            yield number
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.stmt):
                    last = node.body[0].lineno - 1 if getattr(node, "body", None) else node.end_lineno or node.lineno
                    if node.lineno <= number <= last:
                        yield from range(node.lineno, last + 1)


@contextlib.contextmanager
def _as_before(folder: Path) -> Iterator[None]:
    """Leave nothing behind that the next script could meet."""
    streams, threads, cwd, modules = capture(), torch.get_num_threads(), Path.cwd(), set(sys.modules)
    cudnn, dtype = torch.backends.cudnn, torch.get_default_dtype()
    kept = {file: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    os.chdir(folder)
    torch.set_num_threads(1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.chdir(cwd)
        for name in set(sys.modules) - modules:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(HERE)):
                del sys.modules[name]
        for file in folder.iterdir():
            if file.is_file() and file not in kept:
                file.unlink()
        restore(streams)
        torch.set_num_threads(threads)
        torch.set_grad_enabled(True)
        torch.set_default_dtype(dtype)
        torch.use_deterministic_algorithms(False)
        cudnn.benchmark, cudnn.deterministic = False, False


def main() -> None:
    """Print the share of mistakes that are named, by family, and what is said of correct programs."""
    named: dict[str, list[bool]] = defaultdict(list)
    for path in WRONG:
        named[path.parts[-3]].append(is_named(path, findings_of(path)))
    print("| family | scripts | named at their line |\n| --- | --- | --- |")
    for family, answers in named.items():
        print(f"| {family} | {len(answers)} | {sum(answers)} |")
    findings = [finding for path in CORRECT for finding in findings_of(path)]
    told = Counter(finding.grade for finding in findings)
    print(
        f"\n{len(CORRECT)} correct programs: {told['error']} errors, {told['warning']} warnings, {told['advice']} pieces of advice"
    )


if __name__ == "__main__":
    main()
