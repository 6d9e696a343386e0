"""The words of the cards: shapes, numbers of bytes, what a thing is called."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from retorch.tensors import TensorFacts

_TYPE_WORDS = {"Tensor": "tensor", "ndarray": "array"}
_NARROWEST, _WIDEST = 40, 80


def terminal_width() -> int:
    """Return how many columns a card may take."""
    return min(max(shutil.get_terminal_size((_WIDEST, 24)).columns, _NARROWEST), _WIDEST)


def listed(numbers: Sequence[int | str]) -> str:
    """Write a shape or strides as torch does.

    >>> listed((4, "s0"))
    '[4, s0]'
    """
    return f"[{', '.join(map(str, numbers))}]"


def counted_bytes(count: int) -> str:
    """Say a number of bytes exactly, and large ones in a unit too.

    >>> counted_bytes(1), counted_bytes(48), counted_bytes(16_777_216)
    ('1 byte', '48 bytes', '16,777,216 bytes (16.0 MiB)')
    """
    exact = "1 byte" if count == 1 else f"{count:,} bytes"
    for unit, size in (("EiB", 2**60), ("PiB", 2**50), ("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20)):
        if count >= size:
            return f"{exact} ({count / size:.1f} {unit})"
    return exact


def called(facts: TensorFacts) -> str:
    """Return the word for what it is: "tensor", "array", or the name of its class."""
    return type_word(facts.type_name)


def type_word(name: str) -> str:
    """Return the word for a class by its name: "tensor", "array", or that name."""
    return _TYPE_WORDS.get(name, name)


def with_article(noun: str) -> str:
    """Put "a" or "an" before a noun.

    >>> with_article("int64 [12] tensor"), with_article("uint8 [2] array"), with_article("array")
    ('an int64 [12] tensor', 'a uint8 [2] array', 'an array')
    """
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


def described(facts: TensorFacts) -> str:
    """Return dtype and shape, such as "float32 [4, 3]"."""
    return facts.dtype_name if facts.shape is None else f"{facts.dtype_name} {listed(facts.shape)}"
