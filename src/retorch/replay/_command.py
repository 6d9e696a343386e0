"""`Start`: how a recorded run is started again."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from retorch.errors import RunError
from retorch.runs import RunInfo

_NOTEBOOKS = ("ipykernel", "colab")
_NO_FILES = ("", "-", "-c")


@dataclass(frozen=True, slots=True)
class Start:
    """What Python is to run, and where.

    Attributes:
        target: the path of a script, or the name of a module.
        arguments: what it finds in `sys.argv` behind itself.
        is_module: whether `target` is the name of a module, as behind `python -m`.
        cwd: the working directory.
        options: of the interpreter, such as "-O".
    """

    target: str
    arguments: tuple[str, ...]
    is_module: bool
    cwd: str
    options: tuple[str, ...] = ()


def start_again(run: Path, info: RunInfo, folder: Path, sources: Collection[str], typed: Sequence[str] = ()) -> Start:
    """Say how a run is started again from what it recorded.

    Args:
        run: its folder, for messages.
        info: what its run.json says.
        folder: where it is to be kept now; a run of a recipe goes on there with the configuration that it recorded.
        sources: the absolute paths of the recorded source files.
        typed: the whole command line with the interpreter in front; empty where it was not recorded.

    Raises:
        RunError: it was typed into a notebook or the interpreter, or its script or its folder has gone.
    """
    words, cwd = info.command.argv, info.command.cwd
    if info.command.recipe is not None:
        where = cwd if Path(cwd).is_dir() else os.getcwd()  # noqa: PTH109 - a built-in recipe needs no folder
        return Start("retorch", ("resume", str(folder), "--quiet"), is_module=True, cwd=where)
    _refuse_what_has_no_file(run, words)
    script, cwd = _find(words[0], cwd, sources)
    _refuse_what_has_gone(run, script, cwd, sources)
    options, module = _interpreted(typed, len(words) - 1)
    if not typed and Path(words[0]).is_absolute():
        module = _module_of(script, sources)
    return Start(module or words[0], tuple(words[1:]), is_module=module is not None, cwd=cwd, options=options)


def _refuse_what_has_no_file(run: Path, words: tuple[str, ...]) -> None:
    if any(notebook in word for word in words for notebook in _NOTEBOOKS):
        raise RunError(
            f"{run} was made in a notebook, whose cells nobody can run again in their order: "
            f"put the training into a script, and its runs can be replayed"
        )
    if not words or words[0] in _NO_FILES:
        raise RunError(
            f"{run} was typed into the interpreter or given to python -c, and its lines were not kept: "
            f"put the training into a script, and its runs can be replayed"
        )


def _find(word: str, cwd: str, sources: Collection[str]) -> tuple[str, str]:
    """Return the script's absolute path and the folder where it was typed, which the script may have left since."""
    script = os.path.normpath(os.path.join(cwd, word))  # noqa: PTH118 - links stay what they are
    if script in sources or Path(script).is_file():
        return script, cwd
    tail = os.sep + os.path.normpath(word)
    ends = [source for source in sources if source.endswith(tail)]
    return (ends[0], ends[0].removesuffix(tail) or os.sep) if len(ends) == 1 else (script, cwd)


def _refuse_what_has_gone(run: Path, script: str, cwd: str, sources: Collection[str]) -> None:
    if not Path(cwd).is_dir():
        raise RunError(
            f"{run} was made in the folder {cwd}, which is not there any more. "
            f"Put it back with the data that the script reads; the sources alone need not be there"
        )
    if script not in sources and not Path(script).is_file():
        raise RunError(
            f"{run} was made by {script}, which is not there any more, and its text was not recorded. Put it back"
        )


def _interpreted(typed: Sequence[str], arguments: int) -> tuple[tuple[str, ...], str | None]:
    """Return the options of the interpreter, and the name behind `-m`, of what stands before the script's arguments."""
    words = list(typed[1 : len(typed) - arguments])
    module = None
    if len(words) > 1 and words[-2] == "-m":
        module, words = words[-1], words[:-2]
    elif words and words[-1].startswith("-m"):
        module, words = words[-1][2:], words[:-1]
    else:
        words = words[:-1]
    ours = not words or words[0].startswith("-")  # else another program started the script, such as `retorch check`
    return tuple(words) if ours else (), module


def _module_of(script: str, sources: Collection[str]) -> str | None:
    """Guess the name behind `python -m`, which makes the path absolute; None for a file in no package."""
    path = Path(script)
    names = [] if path.stem == "__main__" else [path.stem]
    folder = path.parent
    while str(folder / "__init__.py") in sources or (folder / "__init__.py").is_file():
        names.insert(0, folder.name)
        folder = folder.parent
    return ".".join(names) if folder != path.parent else None
