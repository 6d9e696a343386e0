"""A typed JSON tree back to Python values; the way back of `_encode`."""

from __future__ import annotations

import struct
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retorch.checkpoints._encode import FACTORIES, Json


class Decoder:
    """Decodes the tree of one part.

    Args:
        tensors: the dense tensors by name; tied names hold one and the same tensor.
        others: what was stored beside JSON and tensors, by name.
    """

    def __init__(self, tensors: Mapping[str, Tensor], others: Mapping[str, Any]) -> None:
        self._tensors = tensors
        self._others = others

    def decode(self, tree: Json) -> Any:
        """Return the value of a tree: fresh containers round the tensors given."""
        if isinstance(tree, list):
            return [self.decode(item) for item in tree]
        if not isinstance(tree, dict):
            return tree
        tag = next(iter(tree), "")
        if tag.startswith("$"):
            return _BY_TAG[tag](self, tree[tag], tree)
        return {key: self.decode(item) for key, item in tree.items()}

    def _items(self, content: Any) -> list[Any]:
        return [self.decode(item) for item in content]

    def _pairs(self, content: Any) -> dict[Any, Any]:
        return {self.decode(key): self.decode(item) for key, item in content}

    def _defaultdict(self, content: Any) -> defaultdict[Any, Any]:
        factory, pairs = content
        return defaultdict(FACTORIES[factory] if factory else None, self._pairs(pairs))

    def _ordered(self, content: Any, tree: Mapping[str, Any]) -> OrderedDict[Any, Any]:
        ordered: Any = OrderedDict(self._pairs(content))
        if "metadata" in tree:
            ordered._metadata = self.decode(tree["metadata"])
        return ordered  # type: ignore[no-any-return]

    def _array(self, name: str, tree: Mapping[str, Any]) -> np.ndarray[Any, Any]:
        array: np.ndarray[Any, Any] = self._tensors[name].cpu().numpy()
        if "dtype" not in tree:
            return array
        restored: np.ndarray[Any, Any] = array.view(np.dtype(tree["dtype"])).reshape(tree["shape"])
        return restored


def _float(content: str) -> float:
    value: float = struct.unpack(">d", bytes.fromhex(content))[0]
    return value


# ruff: noqa: SLF001 - the table is the body of Decoder.decode
_BY_TAG: dict[str, Callable[[Decoder, Any, Any], Any]] = {
    "$int": lambda _, content, __: int(content, 16),
    "$float": lambda _, content, __: _float(content),
    "$complex": lambda decoder, content, __: complex(*decoder._items(content)),
    "$str": lambda _, content, __: bytes.fromhex(content).decode("utf-8", "surrogatepass"),
    "$bytes": lambda _, content, __: bytes.fromhex(content),
    "$bytearray": lambda _, content, __: bytearray.fromhex(content),
    "$tuple": lambda decoder, content, __: tuple(decoder._items(content)),
    "$set": lambda decoder, content, __: set(decoder._items(content)),
    "$frozenset": lambda decoder, content, __: frozenset(decoder._items(content)),
    "$dict": lambda decoder, content, __: decoder._pairs(content),
    "$OrderedDict": lambda decoder, content, tree: decoder._ordered(content, tree),
    "$Counter": lambda decoder, content, __: Counter(decoder._pairs(content)),
    "$defaultdict": lambda decoder, content, __: decoder._defaultdict(content),
    "$slice": lambda decoder, content, __: slice(*decoder._items(content)),
    "$Size": lambda decoder, content, __: torch.Size(decoder._items(content)),
    "$dtype": lambda _, content, __: getattr(torch, content),
    "$device": lambda _, content, __: torch.device(content),
    "$tensor": lambda decoder, content, __: decoder._tensors[content],
    "$array": lambda decoder, content, tree: decoder._array(content, tree),
    "$other": lambda decoder, content, __: decoder._others[content],
}
