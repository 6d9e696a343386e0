"""Models, batches, saved tensors and name maps, as they are named on the command line."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import pickle
import sys
import tomllib
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from retorch.comparison.models._comparing import Source
from retorch.comparison.models._matching import Names, plain_name
from retorch.comparison.models._outputs import named_tensors
from retorch.comparison.models._running import Side
from retorch.comparison.models._weights import State, turns_between
from retorch.errors import UsageError
from retorch.randomness import scoped

_TORCH = frozenset({".pt", ".pth", ".bin"})
SAVED = _TORCH | {".safetensors", ".npz", ".npy"}

_UNREADABLE = (pickle.UnpicklingError, SafetensorError, zipfile.BadZipFile, ValueError, RuntimeError, EOFError, OSError)

_HOW = "name a model as file.py:name or package.module:name"


@dataclass(slots=True)
class Home:
    """The folder that code of the user's lies in, and the modules that were imported from it.

    Two repositories may both have a `layers.py`: each side sees its own only.
    """

    folder: Path
    modules: dict[str, ModuleType] = field(default_factory=dict)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Have `sys.path` and `sys.modules` as a script in this folder has them, inside a `with`."""
        path, before = list(sys.path), set(sys.modules)
        sys.path[:0] = [str(self.folder), str(Path.cwd())]
        hidden = {name: sys.modules[name] for name in self.modules if name in sys.modules}
        sys.modules.update(self.modules)
        try:
            yield
        finally:
            sys.path[:] = path
            for name in [name for name, module in sys.modules.items() if self._is_mine(name, module, before)]:
                self.modules[name] = sys.modules.pop(name)
            sys.modules.update(hidden)

    def _is_mine(self, name: str, module: ModuleType, before: set[str]) -> bool:
        if name in self.modules:
            return True
        file = getattr(module, "__file__", None)
        places = [file] if file else list(getattr(module, "__path__", []))
        return name not in before and any(Path(place).is_relative_to(self.folder) for place in places)


class Homes:
    """The homes of one command: one for each folder."""

    def __init__(self) -> None:
        self._homes: dict[Path, Home] = {}

    def of(self, folder: Path) -> Home:
        """Return the home of a folder."""
        return self._homes.setdefault(folder, Home(folder))


@dataclass(frozen=True, slots=True)
class Named:
    """What `file.py:name` names, imported.

    Attributes:
        value: the object.
        home: where its code lies.
        file: the file that was imported, for tracebacks; None for a module.
    """

    value: Any
    home: Home
    file: Path | None


def load_side(word: str, homes: Homes, *, seed: int) -> Side:
    """Build the model that a word names, or read the outputs saved in the file that it names.

    A callable that is no model is called without arguments, with the random streams seeded; they are put back.

    Raises:
        UsageError: there is nothing of the name, or it gives no model.
        BaseException: what the user's code raises.
    """
    if is_saved(word):
        return Side(word, saved=read_tensors(Path(word)))
    named = find(word, homes, seed=seed)
    with named.home.entered(), scoped(seed):
        value = named.value if isinstance(named.value, (nn.Module, Mapping)) else _called(word, named.value)
    if isinstance(value, nn.Module):
        return Side(word, model=value, around=named.home.entered)
    if isinstance(value, Mapping) and next(named_tensors(value), None) is not None:
        return Side(word, saved=value)
    raise UsageError(f"{word} gives a {type(value).__name__}; it must give a torch.nn.Module")


def load_batch(word: str, homes: Homes, *, seed: int) -> Any:
    """Return the batch that a word names: a file of tensors, or `file.py:name` that is or gives one.

    Raises:
        UsageError: there is nothing of the name, or no tensor in it.
        BaseException: what the user's code raises.
    """
    if is_saved(word):
        tensors = read_tensors(Path(word))
        return next(iter(tensors.values())) if len(tensors) == 1 else tensors
    named = find(word, homes, seed=seed)
    with named.home.entered(), scoped(seed):
        value = _called(word, named.value) if callable(named.value) else named.value
    batch = torch.from_numpy(value) if isinstance(value, np.ndarray) else value
    if next(named_tensors(batch), None) is None:
        raise UsageError(
            f"{word} gives a {type(value).__name__} without a tensor; it must give the input of the models"
        )
    return batch


def is_saved(word: str) -> bool:
    """Say whether a word names a file of tensors."""
    return Path(word).suffix in SAVED


def find(word: str, homes: Homes, *, seed: int) -> Named:
    """Import what `file.py:name` or `package.module:name` names; what is drawn meanwhile follows from the seed.

    Raises:
        UsageError: no such file, module or name.
    """
    place, colon, name = word.rpartition(":")
    if not colon or not name or not place:
        raise UsageError(f"{word!r} names no object in a file; {_HOW}{_offer(Path(word))}")
    path = Path(place)
    if path.suffix == ".py" or path.is_file():
        return _find_in_file(path, name, homes, seed)
    home = homes.of(Path.cwd())
    with home.entered(), scoped(seed):
        try:
            module = importlib.import_module(place)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{place}.".startswith(f"{error.name}."):
                raise
            raise UsageError(f"there is no module {error.name!r} for {word!r}; {_HOW}") from None
        return Named(_attribute(module, name, word), home, None)


def _find_in_file(path: Path, name: str, homes: Homes, seed: int) -> Named:
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    file = path.absolute()
    root, parts = file.parent, [file.stem]
    while (root / "__init__.py").is_file():  # a file of a package may import relatively
        parts.insert(0, root.name)
        root = root.parent
    home = homes.of(root)
    with home.entered(), scoped(seed):
        module = home.modules.get(".".join(parts)) or _import(".".join(parts), file)
        return Named(_attribute(module, name, f"{path}:{name}"), home, file)


def _import(name: str, file: Path) -> ModuleType:
    if "." in name:
        importlib.import_module(name.rpartition(".")[0])
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name)
        if before is not None:
            sys.modules[name] = before
        raise
    return module


def _attribute(module: ModuleType, name: str, word: str) -> Any:
    value: Any = module
    for part in name.split("."):
        if not hasattr(value, part):
            file = getattr(module, "__file__", None)
            raise UsageError(f"{word}: there is no {name!r} in it{_offer(Path(file)) if file else ''}")
        value = getattr(value, part)
    return value


def _offer(file: Path) -> str:
    """Name what a file defines, without running it."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ""
    names = [one.name for one in tree.body if isinstance(one, (ast.FunctionDef, ast.ClassDef))]
    return f"; {file.name} has {', '.join(names[:8])}" if names else ""


def _called(word: str, maker: Any) -> Any:
    if not callable(maker):
        raise UsageError(f"{word} is a {type(maker).__name__}; it must be a model, or a callable that gives one")
    try:
        return maker()
    except TypeError as error:
        # The call itself was refused: no frame of the user's stands behind ours.
        if error.__traceback__ is not None and error.__traceback__.tb_next is None:
            raise UsageError(
                f"{word} cannot be called without arguments: {error}. Write a function without any that gives it: "
                f"def build(): return {word.rpartition(':')[2]}(...)"
            ) from None
        raise


def read_tensors(file: Path) -> dict[str, Tensor]:
    """Read a file of tensors by name, without running any code that is in it.

    Nested dicts and lists in a file of `torch.save` give names with dots. The tensor of an .npy file, or a tensor
    alone in a file, is called "". The order is that of the file.

    Raises:
        UsageError: no such file, or it holds something else.
    """
    if not file.is_file():
        raise UsageError(f"there is no file {file}")
    try:
        held = _read(file)
    except _UNREADABLE as error:
        words = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise UsageError(
            f"{file} cannot be read as a file of tensors: {words}. Save a dict of tensors with torch.save, "
            f"safetensors or numpy.savez"
        ) from None
    tensors = dict(named_tensors(held))
    if not tensors:
        raise UsageError(f"{file} holds no tensor; save a dict of tensors with torch.save, safetensors or numpy.savez")
    return tensors


def _read(file: Path) -> Any:
    if file.suffix == ".safetensors":
        return load_file(file)
    if file.suffix in _TORCH:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the pickle of a file that is refused or read in the next moment
            return torch.load(file, map_location="cpu", weights_only=True)
    arrays = np.load(file, allow_pickle=False)
    if file.suffix == ".npy":
        return _tensor(arrays)
    with arrays:
        return {name: _tensor(arrays[name]) for name in arrays.files}


def _tensor(array: Any) -> Tensor:
    try:
        return torch.from_numpy(np.ascontiguousarray(array).reshape(array.shape))
    except TypeError:
        raise ValueError(f"torch has no dtype for NumPy's {array.dtype}") from None


def read_names(file: Path) -> Names:
    """Read a name map: names of A to names of B, from JSON or TOML. Nested tables give names with dots.

    Raises:
        UsageError: no such file, or it is something else.
    """
    if not file.is_file():
        raise UsageError(f"there is no file {file}")
    text = file.read_text(encoding="utf-8")
    try:
        held = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    except ValueError as error:
        kind = "TOML" if file.suffix == ".toml" else "JSON"
        raise UsageError(f"{file} is no {kind}: {error}") from None
    names = dict(_flat(held))
    if not isinstance(held, dict) or not all(isinstance(one, str) for one in names.values()):
        raise UsageError(f'{file} must hold names of A with names of B, such as {{"encoder.0": "enc.layers.0"}}')
    return Names(names)


def _flat(table: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(table, dict):
        return
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, value


def load_weights(file: Path, a: Side, b: Side, names: Names) -> Source | None:
    """Load a saved state into the models where its names fit, directly or through the name map.

    These models are the command's own: nothing is put back.

    Returns:
        "a" or "b" where only that one could be loaded, so that the other shall take its weights from it; else None.

    Raises:
        UsageError: the names fit neither of them.
    """
    saved = _unwrapped(read_tensors(file))
    fits: dict[Source, int] = {
        "a": _load_into(a, saved, names, of_a=True),
        "b": _load_into(b, saved, names, of_a=False),
    }
    if not any(fits.values()):
        raise UsageError(
            f"no name in {file} fits a parameter of {a.title} or {b.title}. It has {', '.join(list(saved)[:3])}; "
            f"{a.title} has {', '.join(list(a.state)[:3])}. Give a name map with --map"
        )
    alone = [name for name, count in fits.items() if count]
    return alone[0] if len(alone) == 1 and a.model is not None and b.model is not None else None


def _unwrapped(saved: dict[str, Tensor]) -> dict[str, Tensor]:
    """Take off what checkpoints put round a state: `{"state_dict": ...}`, `{"model": ...}`."""
    for prefix in ("state_dict.", "model_state_dict.", "model_state.", "model."):
        inside = {name.removeprefix(prefix): one for name, one in saved.items() if name.startswith(prefix)}
        if inside and prefix != "model.":
            return inside
    return saved


def _load_into(side: Side, saved: dict[str, Tensor], names: Names, *, of_a: bool) -> int:
    """Copy what fits; return how many tensors did."""
    state: State = side.state
    there = {_bare(name): name for name in saved}
    count = 0
    for name, tensor in state.items():
        known = [name, names.in_b(name) if of_a else names.in_a(name)]
        for one in known:
            source = saved.get(there.get(_bare(one or ""), ""))
            turns = turns_between(tensor, source) if source is not None else []
            if source is not None and turns:
                tensor.data.copy_(source if turns[0] is None else source.permute(turns[0]))
                count += 1
                break
    return count


def _bare(name: str) -> str:
    return plain_name(name).removeprefix("model.")
