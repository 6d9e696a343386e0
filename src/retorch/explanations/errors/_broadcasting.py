"""Errors of broadcasting: sizes that are neither equal nor 1."""

from __future__ import annotations

import re

import torch
from torch import Tensor

from retorch.explanations._calls import Call
from retorch.explanations.errors._registry import Explanation, explains


@explains(r"The size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)")
def sizes_that_do_not_broadcast(call: Call, _match: re.Match[str]) -> Explanation | None:
    """Shapes are laid side by side from the last dimension; each pair of sizes must be equal, or one of them 1.

    Source: https://docs.pytorch.org/docs/stable/notes/broadcasting.html
    """
    pair = _clashing_pair(call.tensors)
    if pair is None:
        return None
    left, right, places = pair
    told = " and ".join(f"{left.shape[place]} against {right.shape[place]} in dimension {place}" for place in places)
    why = f"Laid side by side from the last dimension, {list(left.shape)} and {list(right.shape)} clash: {told}."
    return Explanation(why, _that_broadcasts(call, left, right), [("", left), ("", right)])


@explains(r"output with shape \[.*?\] doesn't match the broadcast shape \[(.*?)\]")
def result_larger_than_its_place(call: Call, match: re.Match[str]) -> Explanation | None:
    """Written in place, or into `out=`, a result cannot grow; only the other side is broadcast."""
    written = call.kwargs.get("out", call.args[0] if call.args else None)
    if not isinstance(written, Tensor):
        return None
    return Explanation(
        f"The result has shape [{match[1]}], and {call.name(written)}, where it should go, has {list(written.shape)}.",
        "compute a new tensor (without the underscore), which may be larger.",
    )


@explains(
    r"The expanded size of the tensor \((\d+)\) must match the existing size \((\d+)\) at non-singleton dimension"
)
def size_that_cannot_be_expanded(call: Call, match: re.Match[str]) -> Explanation | None:
    """`expand` repeats only dimensions of size 1; a value that is assigned is expanded to its place."""
    if call.operation not in ("expand", "expand_as", "broadcast_to", "__setitem__"):
        return None
    value = call.args[2] if call.operation == "__setitem__" and len(call.args) > 2 else call.args[0]
    if not isinstance(value, Tensor) or int(match[2]) not in value.shape:
        return None
    return Explanation(
        f"{call.name(value, 'the value')} has shape {list(value.shape)}: its size {match[2]} is neither 1 nor the "
        f"{match[1]} that is wanted there.",
    )


@explains(r"shape mismatch: value tensor of shape \[(.*?)\] cannot be broadcast to indexing result of shape \[(.*?)\]")
def value_that_does_not_fit_its_place(call: Call, match: re.Match[str]) -> Explanation | None:
    """What is assigned must broadcast to what the index picks."""
    if call.operation not in ("__setitem__", "index_put_", "index_put"):
        return None
    return Explanation(f"The index picks a part of shape [{match[2]}], and the value has shape [{match[1]}].")


def _clashing_pair(tensors: list[Tensor]) -> tuple[Tensor, Tensor, list[int]] | None:
    """Return two tensors that do not broadcast, with the dimensions (from the back) in which they clash."""
    for at, left in enumerate(tensors):
        for right in tensors[at + 1 :]:
            clashing = [
                -back
                for back in range(1, min(left.dim(), right.dim()) + 1)
                if left.shape[-back] != right.shape[-back] and 1 not in (left.shape[-back], right.shape[-back])
            ]
            if clashing:
                return left, right, clashing
    return None


def _that_broadcasts(call: Call, left: Tensor, right: Tensor) -> str:
    """Say which added dimension or transposing makes the shorter side fit; "" where none does."""
    if tuple(left.shape) == tuple(reversed(right.shape)) and left.dim() == 2:
        return f"{call.subject(right)}.mT has shape {list(left.shape)} and works, if that is what is meant."
    shorter, longer = sorted((left, right), key=lambda tensor: tensor.dim())
    name, size = call.subject(shorter), list(shorter.shape)
    if shorter.dim() == longer.dim() or call.operation in _COMPARE_PAIRS:
        return ""
    for place in range(1, shorter.dim() + 1):
        shape = [*size[:place], 1, *size[place:]]
        if _broadcasts_to(shape, longer):
            return f"{name}.unsqueeze({place}) has shape {shape} and works, if that is what is meant."
    return ""


# Repeating a target over all predictions is no remedy.
_COMPARE_PAIRS = {"mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "kl_div", "poisson_nll_loss"}


def _broadcasts_to(shape: list[int], other: Tensor) -> bool:
    try:
        return bool(torch.broadcast_shapes(tuple(shape), tuple(other.shape)) == tuple(other.shape))
    except RuntimeError:
        return False
