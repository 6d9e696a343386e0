"""The order-seeing sum with torch's own operations: the reference, and what devices without Triton get."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from retorch.fingerprints._mixing import FIRST_FACTOR, MASK, PHI, SECOND_FACTOR
from retorch.fingerprints._pieces import Span


def add_sums(spans: Iterable[Span], totals: Tensor) -> None:
    """Add the order-seeing sum of each span to its place in `totals`, int64 [m], on their device."""
    for span in spans:
        totals[span.place] += eager_sum(span.words, span.start)


def eager_sum(words: Tensor, start: int) -> Tensor:
    """Return the sum of one piece, int64 [], with torch's own operations: they wrap round as they should."""
    mixed = torch.arange(len(words), dtype=torch.int64, device=words.device).mul_(_signed(PHI))
    mixed = mixed.add_(_signed((start + 1) * PHI & MASK)).add_(_zero_extended(words))
    mixed = _shifted(mixed, 30).mul_(_signed(FIRST_FACTOR))
    mixed = _shifted(mixed, 27).mul_(_signed(SECOND_FACTOR))
    return _shifted(mixed, 31).sum()


def _zero_extended(words: Tensor) -> Tensor:
    if words.dtype in (torch.uint8, torch.int64):
        return words
    return words.to(torch.int64).bitwise_and_((1 << 8 * words.itemsize) - 1)


def _shifted(words: Tensor, by: int) -> Tensor:
    # torch shifts a negative number's sign in; splitmix64 shifts in zeros.
    return words.bitwise_xor_((words >> by).bitwise_and_((1 << (64 - by)) - 1))


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number
