"""Running a user's script under the checker, as `python script.py` or `python -m module` runs it."""

from __future__ import annotations

import builtins
import io
import os
import runpy
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from retorch.checks._checker import Checker
from retorch.checks._checking import make_checker
from retorch.checks._explained import explained
from retorch.checks._findings import Findings
from retorch.checks._warnings import warnings_at_their_lines
from retorch.errors import UsageError


@dataclass(frozen=True, slots=True)
class Script:
    """What to run.

    Attributes:
        target: the path of a file, or the name of a module.
        arguments: what it finds in `sys.argv` behind itself.
        is_module: whether `target` is the name of a module, as behind `python -m`.
    """

    target: str
    arguments: Sequence[str] = ()
    is_module: bool = False

    def find(self) -> None:
        """See that it is there.

        Raises:
            UsageError: it is not.
        """
        if self.is_module:
            with _as_interpreter(os.getcwd(), sys.argv):  # noqa: PTH109 - an entry of sys.path
                if not _has_spec(self.target.partition(".")[0]):
                    raise UsageError(f"there is no module {self.target!r}; -m takes its name, such as package.train")
        elif Path(self.target).is_dir():
            raise UsageError(f"{self.target} is a folder; name the script in it")
        elif not Path(self.target).is_file():
            raise UsageError(f"there is no script {self.target!r}")

    def run(self) -> dict[str, Any]:
        """Run it in this process, and give `sys.argv`, `sys.path`, `__main__` and the standard streams back afterwards.

        Returns:
            Its names. Objects that only they keep alive live as long as they do.

        Raises:
            BaseException: whatever the script raises and does not catch, SystemExit and KeyboardInterrupt too.
        """
        if self.is_module:
            with _as_interpreter(os.getcwd(), ["-m", *self.arguments]):  # noqa: PTH109 - as above
                return runpy.run_module(self.target, run_name="__main__", alter_sys=True)
        with _as_interpreter(str(Path(self.target).resolve().parent), [self.target, *self.arguments]):
            # As typed below the working directory, and not made shorter: so Python has it too.
            return _run_file(os.path.join(os.getcwd(), self.target))  # noqa: PTH109, PTH118


@dataclass(frozen=True, slots=True)
class Checked:
    """How a script ended.

    Attributes:
        findings: what was found until then.
        error: what left the script; None where it came to its last line.
    """

    findings: Findings
    error: BaseException | None


def check_script(
    script: Script, *, steps: int = 3, allow: Iterable[str] = (), select: Iterable[str] | None = None
) -> Checked:
    """Run a script under the checker, its errors explained.

    Args:
        script: what to run.
        steps: see `checking`.
        allow: see `checking`.
        select: see `checking`.

    Raises:
        UsageError: there is no such script, or no check of a name; nothing has run.
    """
    checker = make_checker(steps=steps, allow=allow, select=select)
    script.find()
    names, error = _run(script, checker)
    # What only the whole shows was looked for while what the script has made was there.
    names.clear()
    return Checked(checker.findings, error)


def _run(script: Script, checker: Checker) -> tuple[dict[str, Any], BaseException | None]:
    try:
        # The checker inside: its mode is asked first, and sees which code calls.
        with warnings_at_their_lines(), explained(checker.scene), checker:
            return dict(script.run()), None
    except BaseException as error:  # noqa: BLE001 - a script may end by any of them
        return {}, error


def _run_file(file: str) -> dict[str, Any]:
    with io.open_code(file) as source:
        code = compile(source.read(), file, "exec", dont_inherit=True)
    main = ModuleType("__main__")
    main.__dict__.update(
        __file__=file, __builtins__=builtins, __loader__=SourceFileLoader("__main__", file),
        __spec__=None, __package__=None, __cached__=None, __annotations__={},
    )  # fmt: skip
    sys.modules["__main__"] = main
    exec(code, main.__dict__)  # noqa: S102 - the user's own script
    return main.__dict__


@contextmanager
def _as_interpreter(folder: str, argv: Sequence[str]) -> Iterator[None]:
    """Have `sys` be as Python sets it up for a script in a folder."""
    before = sys.argv, sys.path, sys.modules["__main__"], sys.stdout, sys.stderr
    if not sys.flags.safe_path:
        sys.path = [folder, *_without_our_own(sys.path)]
    sys.argv = list(argv)
    # One that the script sets stays: it says how the script's errors are shown.
    sys.excepthook = sys.__excepthook__
    try:
        yield
    finally:
        sys.argv, sys.path, sys.modules["__main__"], sys.stdout, sys.stderr = before


def _without_our_own(path: list[str]) -> list[str]:
    """Return a module path without the entry that Python put there for the program `retorch` itself."""
    ours = {"", os.getcwd(), str(Path(sys.argv[0]).resolve().parent)}  # noqa: PTH109 - as above
    return path[1:] if path and path[0] in ours else path


def _has_spec(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False
