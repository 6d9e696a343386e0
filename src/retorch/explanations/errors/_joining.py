"""Errors of `cat` and `stack`."""

from __future__ import annotations

import re
from typing import Any

from torch import Tensor

from retorch.explanations._calls import Call
from retorch.explanations.errors._registry import Explanation, explains


@explains(
    r"Sizes of tensors must match except in dimension (\d+)\. "
    r"Expected size (\d+) but got size (\d+) for tensor number (\d+)"
)
def sizes_that_do_not_join(call: Call, match: re.Match[str]) -> Explanation | None:
    """`cat` joins along one dimension; the others must agree."""
    tensors, joined = _joined(call), int(match[1])
    odd = int(match[4])
    if odd >= len(tensors) or int(match[3]) not in tensors[odd].shape:
        return None
    names = call.name(tensors[0]), call.name(tensors[odd])
    why = (
        f"Joined along dimension {joined}, all other sizes must agree: "
        f"{names[1]} has {match[3]} where {names[0]} has {match[2]}."
    )
    return Explanation(why, _along_another(tensors, joined), [(names[0], tensors[0]), (names[1], tensors[odd])])


@explains(r"stack expects each tensor to be equal size, but got \[.*?\] at entry 0 and \[.*?\] at entry (\d+)")
def shapes_that_do_not_stack(call: Call, match: re.Match[str]) -> Explanation | None:
    """`stack` makes a new dimension, so all shapes must be the same. A batch of samples of different lengths fails."""
    tensors, odd = _joined(call), int(match[1])
    if odd >= len(tensors):
        return None
    first, other = tensors[0], tensors[odd]
    pad = ""
    if first.dim() and first.shape[1:] == other.shape[1:]:
        pad = "they differ in the first dimension only: torch.nn.utils.rnn.pad_sequence pads them to one length."
    return Explanation("All tensors of a stack need the same shape.", pad,
                       [(call.name(first), first), (call.name(other), other)])  # fmt: skip


@explains(r"Tensors must have same number of dimensions: got (\d+) and (\d+)")
def ranks_that_do_not_join(call: Call, _match: re.Match[str]) -> Explanation | None:
    """`cat` joins along a dimension that all have."""
    tensors = _joined(call)
    odd = next((tensor for tensor in tensors if tensor.dim() != tensors[0].dim()), None)
    if odd is None:
        return None
    first = tensors[0]
    remedy = ""
    if odd.dim() + 1 == first.dim() and first.shape[1:] == odd.shape:
        remedy = f"{call.subject(odd)}.unsqueeze(0) has shape {[1, *odd.shape]} and joins along dimension 0."
    return Explanation("All tensors need the same number of dimensions.", remedy,
                       [(call.name(first), first), (call.name(odd), odd)])  # fmt: skip


@explains(r"zero-dimensional tensor \(at position (\d+)\) cannot be concatenated")
def scalars_that_do_not_join(call: Call, _match: re.Match[str]) -> Explanation | None:
    """A scalar has no dimension to join along."""
    tensors = _joined(call)
    if not any(tensor.dim() == 0 for tensor in tensors):
        return None
    why = "A tensor without dimensions has none to join along."
    return Explanation(why, "torch.stack joins scalars along a new one.")


def _joined(call: Call) -> list[Tensor]:
    given: Any = call.argument(0, "tensors", ())
    return [one for one in given if isinstance(one, Tensor)]


def _along_another(tensors: list[Tensor], joined: int) -> str:
    """Say along which other dimension they do join; "" where along none."""
    first = tensors[0]
    for dimension in range(first.dim()):
        if dimension == joined or any(tensor.dim() != first.dim() for tensor in tensors):
            continue
        if len({(*tensor.shape[:dimension], *tensor.shape[dimension + 1 :]) for tensor in tensors}) == 1:
            total = sum(tensor.shape[dimension] for tensor in tensors)
            shape = [*first.shape[:dimension], total, *first.shape[dimension + 1 :]]
            return f"dim={dimension} gives shape {shape}, if that is what is meant."
    return ""
