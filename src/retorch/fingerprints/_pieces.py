"""The elements of a strided tensor in logical order, a bounded number of them at a time, as integers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_BITS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


@dataclass(frozen=True, slots=True)
class Span:
    """Some words of a tensor.

    Attributes:
        words: uint8, int16, int32 or int64 [n], contiguous.
        start: the number of the first one in the whole.
        place: the number of the tensor.
        copied: whether they take memory of their own.
    """

    words: Tensor
    start: int
    place: int
    copied: bool


def spans_of(tensors: Sequence[Tensor], most: int, *, start: int = 0, cut_all: bool = True) -> Iterator[Span]:
    """Yield the words of tensors, piece by piece.

    Args:
        tensors: as `bit_pieces` takes them.
        most: elements in a piece, at most.
        start: the number of the first element of each tensor.
        cut_all: False leaves those tensors whole whose elements lie in order, so that no copy is needed.
    """
    for place, tensor in enumerate(tensors):
        copied = not tensor.is_contiguous() or tensor.is_conj() or tensor.is_neg()
        # A complex number is two words.
        at = start * (2 if tensor.is_complex() else 1)
        for words in bit_pieces(tensor, most if cut_all or copied else max(tensor.numel(), 1)):
            yield Span(words, at, place, copied)
            at += len(words)


def bit_pieces(tensor: Tensor, most: int) -> Iterator[Tensor]:
    """Yield the bits of a strided tensor's elements, in logical order.

    Args:
        tensor: detached, of any dtype but the quantized ones, shape and strides.
        most: elements in a piece, at most.

    Yields:
        uint8, int16, int32 or int64 [n], contiguous; they share memory with the tensor where its elements lie in
        order, and are copies elsewhere. The negation and conjugation that torch puts off are carried out in them.
    """
    if tensor.is_contiguous():
        # The rows of a tensor say nothing about how it is best cut when its elements lie in a line.
        flat = tensor.view(-1)
        pieces: Iterator[Tensor] = (flat.narrow(0, at, min(most, len(flat) - at)) for at in range(0, len(flat), most))
    else:
        pieces = _cut(tensor, most)
    return (_bits(piece) for piece in pieces)


def _cut(tensor: Tensor, most: int) -> Iterator[Tensor]:
    """Yield views in logical order, along the first axes."""
    if tensor.numel() <= most:
        if tensor.numel():
            yield tensor
        return
    rows = most // max(tensor.numel() // len(tensor), 1)
    if not rows:
        for at in range(len(tensor)):
            yield from _cut(tensor.select(0, at), most)
        return
    for at in range(0, len(tensor), rows):
        yield tensor.narrow(0, at, min(rows, len(tensor) - at))


def _bits(piece: Tensor) -> Tensor:
    if piece.is_conj():
        piece = piece.resolve_conj()
    if piece.is_neg():
        piece = piece.resolve_neg()
    if piece.is_complex():
        piece = torch.view_as_real(piece)
    return piece.view(_BITS[piece.itemsize]).contiguous().view(-1)
