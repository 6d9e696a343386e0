"""Finding a recipe by name or path, and making a copy of it."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from retorch.errors import UsageError

_HERE = Path(__file__).parent

FORM = (
    "A recipe is a Python file with a pydantic model `Config` and a function `train(config, *, run, threads, quiet)`; "
    "`retorch train digits --copy my.py` writes one to start from"
)


@dataclass(frozen=True)
class Recipe:
    """A training that the command line can run.

    Attributes:
        name: the name of the file without its ending; what a run folder is called by default.
        path: the file.
        built_in: whether it comes with retorch.
        Config: the pydantic model of its options.
        train: `train(config, *, run, threads, quiet)`, which returns a `retorch.Result`.
    """

    name: str
    path: Path
    built_in: bool
    Config: type[BaseModel]
    train: Callable[..., Any]


def names() -> list[str]:
    """Return the names of the recipes that come with retorch, sorted.

    >>> names()
    ['digits', 'mnist']
    """
    return sorted(file.stem for file in _HERE.glob("[!_]*.py"))


def load_recipe(name_or_path: str) -> Recipe:
    """Import a recipe: one that comes with retorch by its name, or any `.py` file of the same form.

    An exception that a file raises while it is imported is the author's to see and comes out as it is.

    Raises:
        UsageError: there is no such recipe or file, or it has not the form of a recipe.
        MissingExtra: the data of a built-in recipe is not installed; raised when it is used, not here.

    >>> load_recipe("digits").Config().batch_size
    32
    """
    path = find_recipe(name_or_path)
    built_in = path.parent == _HERE
    module = importlib.import_module(f"retorch.recipes.{path.stem}") if built_in else _import_file(path)
    return Recipe(path.stem, path, built_in, _config_of(module, path), _train_of(module, path))


def find_recipe(name_or_path: str) -> Path:
    """Return the file of a recipe without importing it.

    Raises:
        UsageError: there is no such recipe or file.
    """
    if name_or_path in names():
        return _HERE / f"{name_or_path}.py"
    path = Path(name_or_path)
    if path.suffix == ".py" and path.is_file():
        return path.resolve()
    raise UsageError(_not_found(name_or_path, path))


def copy(name_or_path: str, target: str | Path) -> Path:
    """Write a copy of a recipe's file and return its path; nothing is ever overwritten.

    Raises:
        UsageError: there is no such recipe, or `target` exists, is no `.py` file, or cannot be written.
    """
    source, target = find_recipe(name_or_path), Path(target)
    if target.suffix != ".py" or target.is_dir():
        raise UsageError(f"a recipe is a Python file: name the copy my.py, say, not {target}")
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(source.read_text(encoding="utf-8"))
    except FileExistsError:
        raise UsageError(f"{target} exists and is not overwritten; name another file, or move it away") from None
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}") from error
    return target


def _not_found(given: str, path: Path) -> str:
    if path.suffix == ".py" or path.parent != Path():
        found = "a folder" if path.is_dir() else "no Python file" if path.exists() else "not there"
        return f"{given} is {found}. {FORM}"
    close = difflib.get_close_matches(given, names(), n=1)
    advice = f" Did you mean {close[0]}?" if close else ""
    if Path(f"{given}.py").is_file():
        advice = f" Did you mean the file {given}.py?"
    return f"there is no recipe {given!r}.{advice} Recipes: {', '.join(names())}, or the path of a .py file"


def _import_file(path: Path) -> ModuleType:
    # As `python my.py` does: modules beside the file can be imported, by loader workers too.
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    name = path.stem if path.stem not in sys.modules else f"retorch_recipe_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} cannot be imported. {FORM}")
    module = importlib.util.module_from_spec(spec)
    # Before it runs: pydantic and pickle look a class's module up by its name.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _config_of(module: ModuleType, path: Path) -> type[BaseModel]:
    config = getattr(module, "Config", None)
    if isinstance(config, type) and issubclass(config, BaseModel):
        return config
    found = "has no `Config`" if config is None else "has a `Config` that is no pydantic BaseModel"
    raise UsageError(f"{path} {found}. {FORM}")


def _train_of(module: ModuleType, path: Path) -> Callable[..., Any]:
    train: Callable[..., Any] | None = getattr(module, "train", None)
    if not callable(train):
        raise UsageError(f"{path} has no function `train`. {FORM}")
    try:
        inspect.signature(train).bind(None, run=None, threads=None, quiet=False)
    except TypeError as error:
        raise UsageError(
            f"{path}: `train` cannot be called as train(config, run=, threads=, quiet=): {error}"
        ) from None
    return train
