"""`fingerprint_batch`: 64 bits for whatever a loader yields."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from xxhash import xxh3_64_intdigest

from retorch.errors import UsageError
from retorch.fingerprints._kinds import TensorTree, undisturbed
from retorch.fingerprints._later import Later, tree_of
from retorch.fingerprints._memory import hash_quickly
from retorch.fingerprints._mixing import combine, seed_of, tensor_seed
from retorch.fingerprints._trees import Node

_SEQUENCE, _MAPPING, _SET, _RANGE = (seed_of(name) for name in ("sequence", "mapping", "set", "range"))
_NONE, _BOOL, _INT, _FLOAT, _COMPLEX, _TEXT, _BYTES = (
    seed_of(name) for name in ("none", "bool", "int", "float", "complex", "text", "bytes")
)


def fingerprint_batch(batch: Any) -> int:
    """Return the fingerprint of a batch, whatever it is built of. Waits for the device where tensors lie on one.

    Tuples (named ones too) and lists of the same items are equal; how they are nested counts. Mappings count in their
    order, dataclasses as mappings from their fields' names, sets without an order. Tensors, NumPy arrays, numbers,
    texts, bytes and None count by type and value; an array is equal to the CPU tensor of its dtype, shape and
    values. Of any other object only its type's name counts: what it holds goes unseen.

    Returns:
        64 bits, unsigned, never 0.

    Raises:
        UsageError: a tensor in it has no values, or it contains itself.

    >>> x, y = torch.rand(8, 2), torch.arange(8)
    >>> fingerprint_batch((x, y)) == fingerprint_batch([x, y]), fingerprint_batch((x, y)) == fingerprint_batch((x, [y]))
    (True, False)
    """
    quick = _quick_or_none(batch)
    return int(_start(batch).read()[0]) if quick is None else quick


def fingerprint_batch_later(batch: Any) -> Later:
    """Start taking the fingerprint of a batch, and return where it can be read, as uint64 [1].

    What lies on an accelerator is summed up there, and nobody waits until `read`.

    >>> batch = {"x": torch.ones(2), "name": "a"}
    >>> int(fingerprint_batch_later(batch).read()[0]) == fingerprint_batch(batch)
    True
    """
    quick = _quick_or_none(batch)
    return _start(batch) if quick is None else Later([quick])


def _quick_or_none(batch: Any) -> int | None:
    """Return the fingerprint of common batches of CPU tensors, or None for what needs a closer look."""
    try:
        return None if torch._C._len_torch_function_stack() else _quick(batch)  # noqa: SLF001 - has no public name
    except RecursionError:
        return None


def _quick(batch: Any) -> int | None:
    kind = type(batch)
    if kind is tuple or kind is list:
        return _quick_node(_SEQUENCE, [hash_quickly(item) if type(item) is Tensor else _quick(item) for item in batch])
    if kind is dict:
        return _quick_node(_MAPPING, [part for key, item in batch.items() for part in (_quick_key(key), _quick(item))])
    return hash_quickly(batch)


def _quick_node(seed: int, numbers: list[int | None]) -> int | None:
    return None if None in numbers else combine(seed, cast("list[int]", numbers))


def _quick_key(key: Any) -> int | None:
    return _text(key) if type(key) is str else None


def _start(batch: Any) -> Later:
    try:
        with undisturbed():
            return Later([_tree(batch)])
    except RecursionError:
        raise UsageError(
            "a batch contains itself, or is nested deeper than Python's recursion limit, and so has no fingerprint; "
            "hand over a batch without cycles"
        ) from None


def _tree(item: Any) -> TensorTree:
    if isinstance(item, Tensor):
        return tree_of(item)
    for kinds, take in _TAKING:
        if isinstance(item, kinds):
            return take(item)
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        return _mapping({field.name: getattr(item, field.name, None) for field in dataclasses.fields(item)})
    return seed_of(f"object {type(item).__module__}.{type(item).__qualname__}") or 1


def _sequence(items: Iterable[Any]) -> TensorTree:
    return Node(_SEQUENCE, tuple(_tree(item) for item in items))


def _mapping(items: Mapping[Any, Any]) -> TensorTree:
    return Node(_MAPPING, tuple(_tree(part) for pair in items.items() for part in pair))


def _set(items: AbstractSet[Any]) -> TensorTree:
    return combine(_SET, sorted(Later(_tree(item) for item in items).read().tolist()))


def _range(item: range) -> TensorTree:
    return Node(_RANGE, (_integer(item.start), _integer(item.stop), _integer(item.step)))


def _array(array: np.ndarray[Any, Any] | np.generic) -> TensorTree:
    array = np.asarray(array)
    kind = array.dtype
    seed = tensor_seed(kind.name, array.shape)
    if kind.hasobject or kind.fields is not None or kind.kind == "T":
        # What lies in memory are addresses, or has gaps of no meaning.
        return Node(seed, tuple(_tree(item) for item in array.ravel().tolist()))
    if kind.char in "gG":
        return Node(seed, tuple(_text(repr(item)) for item in array.ravel()))
    return xxh3_64_intdigest(array.astype(kind.newbyteorder("<"), copy=False).tobytes(), seed) or 1


def _masked(array: np.ma.MaskedArray[Any, Any]) -> TensorTree:
    return _sequence((np.ma.getdata(array), np.ma.getmaskarray(array)))


def _text(item: str) -> int:
    return xxh3_64_intdigest(item.encode("utf-8", "surrogatepass"), _TEXT) or 1


def _bytes(item: bytes | bytearray | memoryview) -> int:
    return xxh3_64_intdigest(bytes(item), _BYTES) or 1


def _integer(item: int) -> int:
    return xxh3_64_intdigest(item.to_bytes(item.bit_length() // 8 + 1, "little", signed=True), _INT) or 1


def _bool(item: bool) -> int:  # noqa: FBT001 - it is the value
    return xxh3_64_intdigest(bytes([item]), _BOOL) or 1


def _float(item: float) -> int:
    return xxh3_64_intdigest(struct.pack("<d", item), _FLOAT) or 1


def _complex(item: complex) -> int:
    return xxh3_64_intdigest(struct.pack("<2d", item.real, item.imag), _COMPLEX) or 1


# In this order: a NumPy number can be a float too, and True is an int.
_TAKING: tuple[tuple[Any, Callable[[Any], TensorTree]], ...] = (
    (type(None), lambda _: _NONE),
    (np.ma.MaskedArray, _masked),
    ((np.ndarray, np.generic), _array),
    (bool, _bool),
    (int, _integer),
    (float, _float),
    (complex, _complex),
    (str, _text),
    ((bytes, bytearray, memoryview), _bytes),
    (range, _range),
    (Mapping, _mapping),
    (AbstractSet, _set),
    (Sequence, _sequence),
)
