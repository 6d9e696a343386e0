"""Errors of turning a tensor into one Python number or one truth value."""

from __future__ import annotations

import re

from retorch.explanations._calls import Call, dtype_name
from retorch.explanations.errors._registry import Explanation, explains


@explains(
    r"a Tensor with (\d+) elements cannot be converted to Scalar",
    r"only one element tensors can be converted to Python scalars",
)
def number_of_many(call: Call, _match: re.Match[str]) -> Explanation | None:
    """A Python number is one element."""
    tensor = next((one for one in call.tensors if one.numel() != 1), None)
    if tensor is None:
        return None
    name = call.name(tensor)
    if call.operation in ("tensor", "as_tensor"):
        why = "A list of tensors with several elements each is no list of numbers."
        return Explanation(why, "torch.stack(...) joins them.")
    if not tensor.numel():
        return Explanation(f"{name} is empty.", "", [("", tensor)])
    return Explanation(
        f"{name} has {tensor.numel()} elements, and a Python number is one.",
        f"{call.subject(tensor)}.tolist() gives all; for one, reduce it first (.sum(), .mean(), .max()).",
        [("", tensor)],
    )


@explains(r"Boolean value of Tensor with (more than one|no) values? is ambiguous")
def truth_of_many(call: Call, _match: re.Match[str]) -> Explanation | None:
    """`if`, `and`, `or`, `not` and `in` ask for one truth value.

    Wrong: `if x > 0:`. Right: `if (x > 0).all():`; and `&`, `|`, `~` element by element.
    """
    tensor = next((one for one in call.tensors if one.numel() != 1), None)
    if tensor is None:
        return None
    name = call.name(tensor, "the tensor")
    return Explanation(
        f"{name} has {tensor.numel()} elements, each with a truth value of its own.",
        "say .any() or .all(); element by element use &, | and ~ in place of and, or and not.",
        [("", tensor)],
    )


@explains(r"only integer tensors of a single element can be converted to an index")
def index_of_many(call: Call, _match: re.Match[str]) -> Explanation | None:
    """`range`, a list's index and a size take one whole number."""
    tensor = next((one for one in call.tensors if one.numel() != 1 or one.is_floating_point()), None)
    if tensor is None:
        return None
    name = call.name(tensor, "the tensor")
    what = f"has {tensor.numel()} elements" if tensor.numel() != 1 else f"holds {dtype_name(tensor.dtype)}"
    remedy = f"int({name}) cuts the fraction off." if tensor.numel() == 1 else ""
    return Explanation(f"{name} {what}, and one whole number is needed.", remedy, [("", tensor)])
