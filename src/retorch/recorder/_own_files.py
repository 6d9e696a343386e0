"""Which of the files that this process runs are the user's own, rather than installed ones."""

from __future__ import annotations

import os
import sys
import sysconfig
import weakref
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

import retorch

_INSTALLED = ("site-packages", "dist-packages")
_STANDARD = ("stdlib", "platstdlib", "purelib", "platlib")


def own_modules() -> Iterator[tuple[str, ModuleType]]:
    """Walk over the loaded modules whose file is the user's own, the script first: absolute file and module."""
    seen: set[str] = set()
    for name, module in (("__main__", sys.modules.get("__main__")), *list(sys.modules.items())):
        file = _main_file() if name == "__main__" else _facts(module).get("__file__")
        if isinstance(file, str) and file not in seen and is_own(file) and not name.startswith("torch."):
            seen.add(file)
            yield os.path.abspath(file), module  # type: ignore[misc]  # noqa: PTH100 - links stay what they are


def own_script() -> str | None:
    """Return the file that Python was started with, absolute; None where it is an installed program, or no file."""
    file = _main_file()
    return os.path.abspath(file) if isinstance(file, str) and is_own(file) else None  # noqa: PTH100 - as above


def _main_file() -> Any:
    """Return the script's file. Python forgets it before the functions run that were registered for its end."""
    main = sys.modules.get("__main__")
    file = _facts(main).get("__file__")
    if main is not None and isinstance(file, str):
        _main_files[main] = file
    return file if main is None else _main_files.get(main, file)


# Of the module itself: a program that runs another one (`runpy`) has two of them in turn.
_main_files: weakref.WeakKeyDictionary[ModuleType, str] = weakref.WeakKeyDictionary()


@cache
def is_own(file: str) -> bool:
    """Tell whether a file belongs to the user: neither Python's, nor installed, nor part of retorch or torch.

    So a module found through PYTHONPATH, or installed in place (`pip install -e`), is the user's own.
    """
    if file.startswith("<"):
        return False
    path = Path(os.path.abspath(file))  # noqa: PTH100 - as above
    if any(part in _INSTALLED for part in path.parts) or any(path.is_relative_to(folder) for folder in _foreign()):
        return False
    # What pip puts beside the interpreter to start programs has no suffix; a user's script may lie there too.
    return path.suffix == ".py" or path.parent not in _programs()


@cache
def _foreign() -> tuple[Path, ...]:
    folders = {Path(sysconfig.get_path(name)) for name in _STANDARD}
    folders |= {Path(sys.base_prefix, *folder.parts[-2:]) for folder in folders if folder.parts[-2] == "lib"}
    folders |= {Path(module.__file__).parent for module in (retorch, torch) if module.__file__}
    return tuple({found for folder in folders for found in (folder, folder.resolve())})


@cache
def _programs() -> frozenset[Path]:
    return frozenset(Path(sysconfig.get_path("scripts", scheme)) for scheme in sysconfig.get_scheme_names())


def _facts(module: object) -> dict[str, Any]:
    # Not getattr: a lazy module would import what it is asked for.
    try:
        return vars(module)
    except TypeError:
        return {}
