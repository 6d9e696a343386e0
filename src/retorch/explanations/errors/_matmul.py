"""Errors of matrix products: inner sizes that differ, in `@`, `mm`, `bmm` and linear layers."""

from __future__ import annotations

import math
import re

import torch
from torch import Tensor

from retorch.explanations._calls import Call
from retorch.explanations.errors._registry import Explanation, explains

_PRODUCTS = {"matmul", "__matmul__", "__rmatmul__", "mm", "mv", "bmm", "dot"}


@explains(
    r"mat1 and mat2 shapes cannot be multiplied \(\d+x\d+ and \d+x\d+\)",
    r"size mismatch, got input \(\d+\), mat \(\d+x\d+\), vec \(\d+\)",
    r"Expected size for first two dimensions of batch2 tensor to be: \[.*\] but got: \[.*\]",
    r"inconsistent tensor size, expected tensor \[\d+\] and src \[\d+\] to have the same number of elements",
)
def inner_sizes_that_differ(call: Call, _match: re.Match[str]) -> Explanation | None:
    """A product sums over one dimension of each side, and both must have the same size.

    Torch's message says the sizes after flattening to matrices; the note says them as they are.
    """
    if call.operation == "linear":
        return _of_linear(call)
    if call.operation in _PRODUCTS and len(call.args) >= 2:
        return _of_product(call)
    return None


def _of_linear(call: Call) -> Explanation | None:
    given, weight = call.argument(0, "input"), call.argument(1, "weight")
    if not given.dim() or weight.dim() != 2 or given.shape[-1] == weight.shape[1]:
        return None
    features = weight.shape[1]
    name = call.name(given, "the input")
    why = f"The last dimension of {name} is {given.shape[-1]}, and the layer takes {features} features."
    remedy = _fitting_input(given, features, call.subject(given, name)) or _other_layer(given)
    return Explanation(why, remedy, [(name, given), (call.name(weight, "its weight"), weight)])


def _fitting_input(given: Tensor, features: int, subject: str) -> str:
    """Say which flattening or transposing gives the features that the layer takes; "" where none does."""
    for start in range(1, given.dim() - 1):
        if math.prod(given.shape[start:]) == features:
            shape = [*given.shape[:start], features]
            return f"{subject}.flatten({start}) has shape {shape} and works."
    if given.dim() >= 2 and given.shape[-2] == features:
        shape = [*given.shape[:-2], given.shape[-1], features]
        return f"{subject}.mT has shape {shape} and works, if that is what is meant."
    return ""


def _other_layer(given: Tensor) -> str:
    return f"nn.Linear({given.shape[-1]}, ...) takes this input; or bring it to the features that the layer takes."


def _of_product(call: Call) -> Explanation | None:
    left, right = call.args[0], call.args[1]
    if not (isinstance(left, Tensor) and isinstance(right, Tensor) and left.dim() and right.dim()):
        return None
    inner_left, inner_right = left.shape[-1], right.shape[-2 if right.dim() > 1 else 0]
    if inner_left == inner_right:
        return None
    names = call.name(left, "the left side"), call.name(right, "the right side")
    which = "second last" if right.dim() > 1 else "only"
    why = (
        f"A product needs the last dimension of {names[0]} ({inner_left}) to be as long as the {which} one of "
        f"{names[1]} ({inner_right})."
    )
    subjects = call.subject(left, names[0]), call.subject(right, names[1])
    return Explanation(why, _transposed(left, right, subjects), [(names[0], left), (names[1], right)])


def _transposed(left: Tensor, right: Tensor, names: tuple[str, str]) -> str:
    """Say which side to transpose; "" where neither helps."""
    if right.dim() > 1 and _can_multiply(left.shape, right.mT.shape):
        return f"{names[0]} @ {names[1]}.mT works, if that is what is meant."
    if left.dim() > 1 and _can_multiply(left.mT.shape, right.shape):
        return f"{names[0]}.mT @ {names[1]} works, if that is what is meant."
    return ""


def _can_multiply(left: torch.Size, right: torch.Size) -> bool:
    try:
        torch.broadcast_shapes(left[:-2], right[:-2])
    except RuntimeError:
        return False
    return left[-1] == right[-2 if len(right) > 1 else 0]
