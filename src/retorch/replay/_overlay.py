"""`overlaid`: Python compiles the recorded text of a file under its own name, whatever lies on the disk by now."""

from __future__ import annotations

import io
import linecache
import os
import sys
import tokenize
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from multiprocessing import spawn
from pathlib import Path
from types import ModuleType
from typing import Any

Sources = Mapping[str, str]
"""Absolute paths of Python files to their text."""


@contextmanager
def overlaid(sources: Sources) -> Iterator[None]:
    """Serve recorded sources inside a `with`: to `import`, `runpy`, tracebacks, `inspect`, and spawned processes.

    Only what Python compiles is served. Files that a program opens itself, beside `__file__` say, are those on the
    disk. Nothing is written: no bytecode of a recorded text is cached, and none that is there is used.

    >>> import runpy
    >>> with overlaid({"/nowhere/script.py": "print('recorded', __file__)"}):
    ...     names = runpy.run_path("/nowhere/script.py")
    recorded /nowhere/script.py
    """
    overlay = Overlay(sources)
    before = _lay(overlay)
    try:
        yield
    finally:
        sys.meta_path.remove(overlay)
        for owner, name, original in before:
            setattr(owner, name, original)
        overlay.forget_lines()


class Overlay(MetaPathFinder):
    """The recorded files, and a finder for those of their modules that the disk has no more, or hides."""

    def __init__(self, sources: Sources) -> None:
        self._sources = {os.path.abspath(file): text for file, text in sources.items()}  # noqa: PTH100 - as below
        self._modules = {_module_name(file) for file in self._sources}
        self._remembered: set[str] = set()

    def __reduce__(self) -> tuple[Callable[[Sources], Overlay], tuple[Sources]]:
        return _lay_for_good, (self._sources,)

    def holds(self, path: Any) -> bool:
        """Tell whether a file was recorded."""
        return os.path.abspath(path) in self._sources  # noqa: PTH100 - links stay what they are

    def read(self, path: Any) -> bytes:
        """Return the recorded bytes of a file.

        `linecache`, which tracebacks and `inspect` ask, shows the recorded lines from here on, under the name by
        which Python knows the file: an entry without a time is never compared with the disk.
        """
        text = self._sources[os.path.abspath(path)]  # noqa: PTH100 - as above
        linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
        self._remembered.add(path)
        return _encoded(text)

    def forget_lines(self) -> None:
        """Let `linecache` read from the disk again."""
        for path in self._remembered:
            linecache.cache.pop(path, None)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a recorded module before a later entry of the module path does, never before an earlier one."""
        del target
        if fullname.rpartition(".")[2] not in self._modules:
            return None
        for entry in sys.path if path is None else path:
            spec = self._find_in(entry, fullname)
            if spec is not None:
                return spec
            other = PathFinder.find_spec(fullname, [entry])
            if other is not None and other.loader is not None:
                return None
        return None

    def _find_in(self, entry: str, fullname: str) -> ModuleSpec | None:
        stem = Path(entry or ".").absolute() / fullname.rpartition(".")[2]
        package, module = stem / "__init__.py", stem.with_name(f"{stem.name}.py")
        if self.holds(package):
            return spec_from_file_location(fullname, package, submodule_search_locations=[str(stem)])
        return spec_from_file_location(fullname, module) if self.holds(module) else None


def _module_name(file: str) -> str:
    path = Path(file)
    return path.parent.name if path.stem == "__init__" else path.stem


def _encoded(text: str) -> bytes:
    """Return bytes that Python reads as this text, whatever encoding its first lines declare."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(text.encode()).readline)
    return text.encode(encoding)


def _lay(overlay: Overlay) -> list[tuple[Any, str, Any]]:
    """Have Python read through an overlay; return what was there before, to be put back."""
    sys.meta_path.insert(0, overlay)
    places = [
        (SourceFileLoader, "get_data", _get_data(overlay)),
        (SourceFileLoader, "path_stats", _path_stats(overlay)),
        (io, "open_code", _open_code(overlay)),
        (spawn, "get_preparation_data", _get_preparation_data(overlay)),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in places]
    for owner, name, ours in places:
        setattr(owner, name, ours)
    return before


def _get_data(overlay: Overlay) -> Callable[[SourceFileLoader, str], bytes]:
    original = SourceFileLoader.get_data

    def get_data(self: SourceFileLoader, path: str) -> bytes:
        return overlay.read(path) if overlay.holds(path) else original(self, path)

    return get_data


def _path_stats(overlay: Overlay) -> Callable[[SourceFileLoader, str], Mapping[str, Any]]:
    original = SourceFileLoader.path_stats

    def path_stats(self: SourceFileLoader, path: str) -> Mapping[str, Any]:
        if overlay.holds(path):
            # Then the import system neither looks for bytecode nor writes any.
            raise OSError("the recorded text has no time of change")
        return original(self, path)

    return path_stats


def _open_code(overlay: Overlay) -> Callable[[str], Any]:
    original = io.open_code

    def open_code(path: str) -> Any:
        return io.BytesIO(overlay.read(path)) if overlay.holds(path) else original(path)

    return open_code


def _get_preparation_data(overlay: Overlay) -> Callable[[str], dict[str, Any]]:
    original = spawn.get_preparation_data

    def get_preparation_data(name: str) -> dict[str, Any]:
        # A spawned process unpickles this before it imports anything of the user's.
        return {**original(name), "retorch overlay": overlay}

    return get_preparation_data


def _lay_for_good(sources: Sources) -> Overlay:
    overlay = Overlay(sources)
    _lay(overlay)
    return overlay
