"""`data_facts`: what a data set is, without drawing a sample from it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import xxhash
from torch import Tensor
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset, TensorDataset

from retorch.fingerprints import can_fingerprint, fingerprint, fingerprint_batch
from retorch.recorder._kept_list import read_or_begin, write
from retorch.runs import DATA_FILE, DATA_SCHEMA, RunFolder, read_data_entries, utc_now

LARGEST_READ = 2**30
"""How many bytes of tensors and arrays are read for fingerprints, of one data set."""

_DEEPEST = 4
_MOST_ITEMS = 100_000
_MOST_NAMES = 64
_PLAIN = (bool, int, float, complex, str, bytes, type(None))


def data_facts(dataset: Any) -> dict[str, Any]:
    """Say what a data set is: type, length, and fingerprints of what it holds. Ready for JSON.

    Tensors and arrays in memory are fingerprinted whole, up to 1 GiB in all; beyond that only as many of their first
    rows as fit. Of a data set with code of its own no sample is drawn, since that may draw random numbers or change
    its state: what counts is what lies in its attributes, and of the files and folders that they name the size and
    the time of their last change. Only `len` is asked of it. Waits for the device where tensors lie on one.

    >>> import torch
    >>> facts = data_facts((torch.zeros(8, 2), torch.zeros(8)))
    >>> facts["parts"][0]["shape"], len(facts["parts"][0]["fingerprint"])
    ([8, 2], 16)
    """
    return _Look().at(dataset)


def record_data(folder: RunFolder, name: str, found: dict[str, Any]) -> None:
    """Write what a data set is, as `data_facts` gave it, into the run folder under a name such as "train".

    data.json keeps a list. A data set as it was recorded last under this name adds nothing.

    Raises:
        RunFolderError: the file cannot be written.
    """
    file = folder.path / DATA_FILE
    recorded = read_or_begin(file, lambda: read_data_entries(folder.path))
    if {entry["name"]: entry["facts"] for entry in recorded}.get(name) != found:
        entry = {"since": utc_now(), "name": name, "facts": found}
        write(file, {"schema": DATA_SCHEMA, "data": [*recorded, entry]})


class _Look:
    """One look at one data set: what may still be read, and what was seen, so that it ends."""

    def __init__(self) -> None:
        self._bytes_left = LARGEST_READ
        self._on_the_way: set[int] = set()

    def at(self, data: Any, depth: int = 0) -> dict[str, Any]:
        if depth > _DEEPEST or id(data) in self._on_the_way:
            return {"type": _type_name(data)}
        self._on_the_way.add(id(data))
        try:
            return {"type": _type_name(data), **self._facts(data, depth)}
        finally:
            self._on_the_way.discard(id(data))

    def _facts(self, data: Any, depth: int) -> dict[str, Any]:
        if isinstance(data, Tensor):
            return self._tensor(data)
        if isinstance(data, np.ndarray):
            return self._array(data)
        if isinstance(data, os.PathLike):
            return _file(os.fspath(data)) or {}
        if isinstance(data, _PLAIN):
            return self._plain(data)
        if type(data) in (tuple, list, dict, set, frozenset, range):
            return self._container(data, depth)
        return self._object(data, depth)

    def _tensor(self, tensor: Tensor) -> dict[str, Any]:
        facts = {"shape": list(tensor.shape), "dtype": str(tensor.dtype).removeprefix("torch.")}
        if not can_fingerprint(tensor):
            return facts
        rows = self._rows(tensor, tensor.numel() * tensor.element_size())
        return facts | _fingerprinted(fingerprint(tensor if rows is None else tensor[:rows]), rows)

    def _array(self, array: np.ndarray[Any, Any]) -> dict[str, Any]:
        facts: dict[str, Any] = {"shape": list(array.shape), "dtype": str(array.dtype)}
        if isinstance(array, np.memmap):
            # Reading it would read the disk.
            return facts | (_file(os.fspath(array.filename)) or {} if array.filename else {})
        if array.dtype.hasobject:
            return facts
        rows = self._rows(array, array.nbytes)
        return facts | _fingerprinted(fingerprint_batch(np.asarray(array if rows is None else array[:rows])), rows)

    def _rows(self, table: Tensor | np.ndarray[Any, Any], size: int) -> int | None:
        """Take what reading a table costs from the bytes that are left. None: all of it; else that many first rows."""
        left = self._bytes_left
        if size <= left:
            self._bytes_left -= size
            return None
        self._bytes_left = 0
        return int(len(table) * left // size) if table.ndim else 0

    def _plain(self, value: Any) -> dict[str, Any]:
        found = _file(value) if isinstance(value, str) else None
        # Not the value: it might be a password.
        return found or {"fingerprint": _hexadecimal(fingerprint_batch(value))}

    def _container(self, data: Any, depth: int) -> dict[str, Any]:
        facts: dict[str, Any] = {"length": len(data)}
        if isinstance(data, range) or _is_plain(data):
            # Thirty times as fast as item by item. A set is written in no order that would last.
            written = repr(sorted(map(repr, data)) if isinstance(data, set | frozenset) else data)
            return facts | {"fingerprint": xxhash.xxh3_64_hexdigest(written.encode(errors="surrogatepass"))}
        if len(data) > _MOST_NAMES and self._takes_all(data):
            return facts | {"fingerprint": _hexadecimal(fingerprint_batch(data))}
        if isinstance(data, dict):
            return facts | {"parts": self._named(data, depth)}
        if isinstance(data, set | frozenset) or len(data) > _MOST_NAMES:
            return facts
        return facts | {"parts": [self.at(part, depth + 1) for part in data]}

    def _takes_all(self, items: Collection[Any]) -> bool:
        """Take what reading many tensors or arrays costs, if they are nothing else and there is room for all."""
        if not all((isinstance(item, Tensor) and can_fingerprint(item)) or type(item) is np.ndarray for item in items):
            return False
        size = sum(item.nbytes for item in items)
        fits = size <= self._bytes_left and len(items) <= _MOST_ITEMS
        self._bytes_left -= size if fits else 0
        return fits

    def _object(self, data: Any, depth: int) -> dict[str, Any]:
        if isinstance(data, type | ModuleType):
            return {"name": f"{getattr(data, '__module__', '')}.{data.__name__}".lstrip(".")}
        if isinstance(data, DataLoader):
            return {"batch_size": data.batch_size, "dataset": self.at(data.dataset, depth + 1)}
        facts: dict[str, Any] = {}
        if isinstance(data, Dataset) or depth == 0:
            length = _length(data)
            facts = {} if length is None else {"length": length}
        if type(data) is TensorDataset:
            return facts | {"parts": [self.at(part, depth + 1) for part in data.tensors]}
        if type(data) is Subset:
            return facts | {"dataset": self.at(data.dataset, depth + 1), "indices": self.at(data.indices, depth + 1)}
        if type(data) is ConcatDataset:
            return facts | {"parts": [self.at(part, depth + 1) for part in data.datasets]}
        held = self._named(_attributes(data), depth)
        return facts | ({"holds": held} if held else {})

    def _named(self, values: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        names = list(values)[:_MOST_NAMES]
        return {str(name): self.at(values[name], depth + 1) for name in names if type(name) in (str, int)}


def _attributes(data: Any) -> dict[str, Any]:
    """Return what an object holds itself; properties would run its code."""
    try:
        return dict(vars(data))
    except TypeError:
        return {}


def _length(data: Any) -> int | None:
    try:
        return len(data)
    except Exception:  # noqa: BLE001 - the user's code; a data set without a length is none the worse
        return None


def _is_plain(data: Any) -> bool:
    """Tell whether a container holds nothing but numbers and texts, and not too many to look at."""
    left = _MOST_ITEMS
    for item in _items(data, _DEEPEST):
        left -= 1
        if left < 0 or type(item) not in _PLAIN:
            return False
    return True


def _items(data: Any, depth: int) -> Iterator[Any]:
    if (depth and type(data) in (tuple, list, dict)) or (depth == _DEEPEST and type(data) in (set, frozenset)):
        for item in (part for pair in data.items() for part in pair) if type(data) is dict else data:
            yield from _items(item, depth - 1)
    else:
        yield data


def _file(name: str | bytes) -> dict[str, Any] | None:
    """Return size and time of a file or folder; None where this names none."""
    if not name:
        return None
    try:
        found = Path(os.fsdecode(name))
        facts = found.stat()
    except (OSError, ValueError):
        return None
    return {"path": str(found.absolute()), "bytes": facts.st_size, "changed_ns": facts.st_mtime_ns}


def _fingerprinted(number: int, rows: int | None) -> dict[str, Any]:
    return {"fingerprint": _hexadecimal(number)} | ({} if rows is None else {"first_rows": rows})


def _hexadecimal(number: int) -> str:
    return f"{number:016x}"


def _type_name(data: Any) -> str:
    kind = type(data)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
