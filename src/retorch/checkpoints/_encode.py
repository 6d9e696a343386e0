"""Python values to a typed JSON tree; tensors leave a reference and are collected aside.

JSON and not pickle: reading it executes nothing, and equal values give equal bytes, whichever objects they are
made of. The order of a dict is part of its value and is kept; sets are sorted. `_decode` is the way back.
"""

from __future__ import annotations

import io
import json
import math
import struct
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from retorch.checkpoints._layout import METADATA, dtype_name
from retorch.errors import CheckpointUnsupported

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Path: TypeAlias = tuple[Any, ...]

FACTORIES: dict[str, type] = {kind.__name__: kind for kind in (bool, dict, float, int, list, set, str, tuple)}

_PLAIN_TENSORS = (Tensor, nn.Parameter)
_JSON_INTEGER_BITS = 63  # beyond it readers in other languages lose digits, and Python limits the length


class Encoder:
    """Encodes the values of one part.

    Attributes:
        tensors: the dense tensors met, shared with the caller's, by a name made of their place.
        tied: names of tensors that are the same memory as another, and the name of that one.
        others: what neither JSON nor safetensors holds and `torch.load(weights_only=True)` reads.
    """

    def __init__(self, part: str) -> None:
        self._part = part
        self.tensors: dict[str, Tensor] = {}
        self.tied: dict[str, str] = {}
        self.others: dict[str, Any] = {}
        self._names_by_memory: dict[tuple[Any, ...], str] = {}
        self._open: set[int] = set()

    def encode(self, value: Any, path: Path = ()) -> Json:
        """Return the tree of a value.

        Raises:
            CheckpointUnsupported: something in it cannot be stored; the message names the place.
        """
        try:
            return self._encode(value, path)
        except RecursionError:
            raise self._unsupported(value, path, "is nested too deeply", "Flatten it") from None

    def _encode(self, value: Any, path: Path) -> Json:
        encode = _BY_TYPE.get(type(value))
        if encode is not None:
            return encode(self, value, path)
        if isinstance(value, Tensor):
            return self._tensor(value, path)
        if isinstance(value, np.generic):
            return self._numpy_scalar(value, path)
        return self._other(value, path)

    def _integer(self, value: int, _: Path) -> Json:
        return value if value.bit_length() <= _JSON_INTEGER_BITS else {"$int": hex(value)}

    def _float(self, value: float, _: Path) -> Json:
        # The bits of a NaN are kept too.
        return value if math.isfinite(value) else {"$float": struct.pack(">d", value).hex()}

    def _complex(self, value: complex, path: Path) -> Json:
        return {"$complex": [self._float(value.real, path), self._float(value.imag, path)]}

    def _string(self, value: str, _: Path) -> Json:
        # Two lone surrogates would come back from JSON as one character.
        return value if _is_plain(value) else {"$str": value.encode("utf-8", "surrogatepass").hex()}

    def _bytes(self, value: bytes | bytearray, _: Path) -> Json:
        return {f"${type(value).__name__}": value.hex()}

    def _items(self, value: Iterable[Any], path: Path) -> list[Json]:
        with self._opened(value, path):
            return [self._encode(item, (*path, index)) for index, item in enumerate(value)]

    def _tuple(self, value: tuple[Any, ...], path: Path) -> Json:
        return {"$tuple": self._items(value, path)}

    def _set(self, value: set[Any] | frozenset[Any], path: Path) -> Json:
        items = [self._key(item, path) for item in value]
        return {f"${type(value).__name__}": sorted(items, key=json.dumps)}

    def _dict(self, value: dict[Any, Any], path: Path) -> Json:
        if all(type(key) is str and not key.startswith("$") and _is_plain(key) for key in value):
            with self._opened(value, path):
                return {key: self._encode(item, (*path, key)) for key, item in value.items()}
        return {"$dict": self._pairs(value, path)}

    def _pairs(self, value: Mapping[Any, Any], path: Path) -> list[Json]:
        with self._opened(value, path):
            return [[self._key(key, path), self._encode(item, (*path, key))] for key, item in value.items()]

    def _key(self, key: Any, path: Path) -> Json:
        if isinstance(key, Tensor):
            raise self._unsupported(key, path, "is an element of a set or a key of a dict", "Take a list of pairs")
        return self._encode(key, (*path, key))

    def _ordered(self, value: OrderedDict[Any, Any], path: Path) -> Json:
        tree: dict[str, Json] = {"$OrderedDict": self._pairs(value, path)}
        # What a module's state_dict() carries besides its items: the versions of the modules.
        metadata = getattr(value, "_metadata", None)
        return tree if metadata is None else {**tree, "metadata": self._encode(metadata, (*path, "_metadata"))}

    def _counter(self, value: Counter[Any], path: Path) -> Json:
        return {"$Counter": self._pairs(value, path)}

    def _defaultdict(self, value: defaultdict[Any, Any], path: Path) -> Json:
        factory: Any = value.default_factory
        if factory is not None and factory not in FACTORIES.values():
            advice = f"Take one of {', '.join(FACTORIES)} as its factory, or store dict(...) of it"
            raise self._unsupported(factory, path, "makes the defaults of a defaultdict", advice)
        return {"$defaultdict": [factory and factory.__name__, self._pairs(value, path)]}

    def _slice(self, value: slice, path: Path) -> Json:
        return {"$slice": self._items((value.start, value.stop, value.step), path)}

    def _size(self, value: torch.Size, path: Path) -> Json:
        return {"$Size": self._items(value, path)}

    def _numpy_scalar(self, value: np.generic, path: Path) -> Json:
        plain = value.item()
        # A long double and a date have no exact Python twin.
        if type(plain) in (bool, int, float, complex, str, bytes) and value.dtype.kind in "biufcUS":
            return self._encode(plain, path)
        return self._other(value, path)

    def _array(self, value: np.ndarray[Any, Any], path: Path) -> Json:
        if value.dtype.kind not in "biufcmMUS":
            advice = "Store columns of numbers or strings, one array each, or a list"
            raise self._unsupported(value, path, f"has dtype {value.dtype}", advice)
        own = np.array(value, order="K")  # a view with negative strides, or one that is read-only, is no tensor
        try:
            return {"$array": self._tensor_name(torch.from_numpy(own), path)}
        except (TypeError, ValueError):  # strings, dates, other byte orders: torch has no such dtype
            flat = np.ascontiguousarray(own).reshape(-1).view(np.uint8)
            name = self._tensor_name(torch.from_numpy(flat), path)
            return {"$array": name, "dtype": own.dtype.str, "shape": list(own.shape)}

    def _tensor(self, value: Tensor, path: Path) -> Json:
        if value.is_meta or nn.parameter.is_lazy(value):
            reason = "is on the meta device" if value.is_meta else "has no shape yet"
            raise self._unsupported(value, path, f"{reason}, so it has no values", "Run one batch through it first")
        dense = value.layout is torch.strided and not (value.is_nested or value.is_quantized)
        if dense and type(value) in _PLAIN_TENSORS:
            return {"$tensor": self._tensor_name(value, path)}
        return self._other(value, path)

    def _tensor_name(self, tensor: Tensor, path: Path) -> str:
        name = self._free_name(path)
        original = self._names_by_memory.setdefault(_memory(tensor, name), name)
        if original == name:
            self.tensors[name] = tensor
        else:
            self.tied[name] = original
        return name

    def _free_name(self, path: Path) -> str:
        name = base = ".".join(map(_step_name, path)) or "value"
        number = 1
        while name in self.tensors or name in self.tied or name in self.others or name == METADATA:
            number += 1
            name = f"{base}~{number}"
        return name

    def _other(self, value: Any, path: Path) -> Json:
        if hasattr(value, "state_dict") and not isinstance(value, type):
            advice = "Give it a name of its own as a part, or store what its state_dict() returns"
            raise self._unsupported(value, path, "has a state of its own", advice)
        try:
            unsafe = _unsafe_globals(value)
        except Exception as error:  # pickling runs whatever the object brings along  # noqa: BLE001
            raise self._unsupported(value, path, f"cannot be pickled ({error})", _PLAIN_VALUES) from None
        if unsafe:
            reason = f"cannot be read back without executing code ({', '.join(unsafe)})"
            raise self._unsupported(value, path, reason, _PLAIN_VALUES)
        name = self._free_name(path)
        self.others[name] = value
        return {"$other": name}

    @contextmanager
    def _opened(self, value: Any, path: Path) -> Iterator[None]:
        """Notice a container that is met again inside itself."""
        if id(value) in self._open:
            raise self._unsupported(value, path, "contains itself", "Store a copy without the cycle")
        self._open.add(id(value))
        yield  # an exception ends the whole encoding, so there is nothing to tidy up then
        self._open.discard(id(value))

    def _unsupported(self, value: Any, path: Path, reason: str, advice: str) -> CheckpointUnsupported:
        place = f" at {_show(path)}" if path else ""
        return CheckpointUnsupported(
            f"part {self._part!r} holds {_describe(value)}{place}, which {reason}. {advice}. Nothing was written"
        )


_PLAIN_VALUES = (
    "Store plain values (numbers, strings, tensors, arrays, lists, dicts), or give the object that holds it "
    "a state_dict and load_state_dict that leave it out"
)


def _as_it_is(_: Encoder, value: Any, __: Path) -> Json:
    return value  # type: ignore[no-any-return]


# ruff: noqa: SLF001 - the table is the body of Encoder._encode
_BY_TYPE: dict[type, Callable[[Encoder, Any, Path], Json]] = {
    type(None): _as_it_is,
    bool: _as_it_is,
    int: Encoder._integer,
    float: Encoder._float,
    complex: Encoder._complex,
    str: Encoder._string,
    bytes: Encoder._bytes,
    bytearray: Encoder._bytes,
    list: Encoder._items,
    tuple: Encoder._tuple,
    set: Encoder._set,
    frozenset: Encoder._set,
    dict: Encoder._dict,
    OrderedDict: Encoder._ordered,
    Counter: Encoder._counter,
    defaultdict: Encoder._defaultdict,
    slice: Encoder._slice,
    np.ndarray: Encoder._array,
    torch.Size: Encoder._size,
    torch.dtype: lambda _, value, __: {"$dtype": dtype_name(value)},
    torch.device: lambda _, value, __: {"$device": str(value)},
}


def _is_plain(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _memory(tensor: Tensor, name: str) -> tuple[Any, ...]:
    """Return what two tensors share when they are one: first byte, and how elements follow from it."""
    if not tensor.numel():
        return (name,)  # every empty tensor has the address 0
    way = (tensor.shape, tensor.stride(), tensor.dtype, tensor.device, tensor.is_conj(), tensor.is_neg())
    return (tensor.data_ptr(), *way)


def _unsafe_globals(value: Any) -> list[str]:
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.serialization.get_unsafe_globals_in_checkpoint(file)


def _step_name(step: Any) -> str:
    return step if isinstance(step, str) and _is_plain(step) else ascii(step)


def _show(path: Path) -> str:
    """Write a place as Python would: `param_groups[0].lr`."""
    steps = (f".{step}" if isinstance(step, str) and step.isidentifier() else f"[{step!r}]" for step in path)
    return "".join(steps).removeprefix(".")


def _describe(value: Any) -> str:
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{'the class' if isinstance(value, type) else 'the function'} {value.__qualname__}"
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"
