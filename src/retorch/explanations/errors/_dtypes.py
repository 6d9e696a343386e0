"""Errors of tensors whose dtypes do not go together."""

from __future__ import annotations

import re

import torch
from torch import Tensor, nn

from retorch.explanations._calls import Call, dtype_name
from retorch.explanations.errors._registry import Explanation, explains

_SHORT = {torch.float32: "float()", torch.float64: "double()", torch.float16: "half()", torch.int64: "long()",
          torch.bfloat16: "bfloat16()", torch.bool: "bool()", torch.int32: "int()"}  # fmt: skip
_LOSSES = {"cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits"}


@explains(
    r"expected m1 and m2 to have the same dtype",
    r"must have the same dtype",
    r"expected both vectors to have same dtype",
    r"expected scalar type \w+ but found \w+",
    r"Input type \([\w: ]+\) and (?:weight|bias) type \([\w: ]+\) should be the same",
    r"mixed dtype \(CPU\): all inputs must share same datatype",
    r"to have the same dtype, but got",
    r"expected dtype \S+ for `\w+` but got dtype",
    r"Index put requires the source and destination dtypes match",
    r"Expected self\.dtype to be equal to src\.dtype",
    r"must have the same scalar type",
)
def tensors_of_two_dtypes(call: Call, _match: re.Match[str]) -> Explanation | None:
    """Products, convolutions and scattered writes take one dtype, and torch converts none for them.

    Wrong: a NumPy array (float64) into a model (float32). Right: `torch.from_numpy(array).float()`.
    """
    # Indices are of another dtype by nature.
    values = [tensor for tensor in call.tensors if call.operation not in _TAKE_INDICES or not _is_index(tensor)]
    dtypes = dict.fromkeys(tensor.dtype for tensor in values)
    if len(dtypes) < 2 or call.operation in _LOSSES:
        return None
    home = _home(values)
    others = [tensor for tensor in values if tensor.dtype != home]
    kept = next(tensor for tensor in values if tensor.dtype == home)
    operation = call.operation.strip("_")
    why = f"{_told(call, others)}, and {call.name(kept)} is {dtype_name(home)}: {operation} takes one dtype."
    return Explanation(why, f"{' and '.join(f'{call.subject(one)}.{to_dtype(home)}' for one in others)}.")


@explains(r"result type (\w+) can't be cast to the desired output type (\w+)")
def result_that_does_not_fit(call: Call, match: re.Match[str]) -> Explanation | None:
    """A result written in place, or into `out=`, must keep the dtype that is there.

    Wrong: `counts /= 2` with integers. Right: `counts = counts / 2`.
    """
    if call.operation in _LOSSES or not call.tensors:
        return None
    written = call.kwargs.get("out", call.args[0] if call.args else None)
    if not isinstance(written, Tensor) or match[2].lower() not in _names_of(written.dtype):
        return None
    name = call.name(written)
    return Explanation(
        f"The result is {match[1].lower()}, and {name}, where it should go, holds {dtype_name(written.dtype)}.",
        f"compute a new tensor instead of writing into {name}, or convert {name} to {match[1].lower()} before.",
    )


@explains(r"mean\(\): could not infer output dtype", r"std and var only support floating point",
          r'"\w*softmax\w*" not implemented for \'(?:Long|Int|Bool|Byte|Short|Char)\'')  # fmt: skip
def statistics_of_integers(call: Call, _match: re.Match[str]) -> Explanation | None:
    """A mean, a deviation or a softmax of whole numbers is none itself, and torch does not choose a dtype for it."""
    tensor = call.tensors[0] if call.tensors else None
    if tensor is None or tensor.is_floating_point() or tensor.is_complex():
        return None
    why = f"{call.name(tensor)} holds {dtype_name(tensor.dtype)}, and the result is no whole number."
    return Explanation(why, f"{call.subject(tensor)}.float() first.", [("", tensor)])


def to_dtype(dtype: torch.dtype) -> str:
    """Write the conversion to a dtype: "float()" or "to(torch.complex64)"."""
    return _SHORT.get(dtype, f"to({dtype})")


_TAKE_INDICES = {"index_put_", "index_put", "__setitem__", "scatter_", "scatter", "index_add_", "index_add",
                 "index_copy_", "index_copy", "scatter_add_", "scatter_add"}  # fmt: skip


def _is_index(tensor: Tensor) -> bool:
    return tensor.dtype in (torch.int64, torch.int32, torch.bool)


def _home(tensors: list[Tensor]) -> torch.dtype:
    """Choose the dtype to convert to: that of the weights; else the first floating one, for whole numbers lose less."""
    weights = [tensor.dtype for tensor in tensors if isinstance(tensor, nn.Parameter)]
    floating = [tensor.dtype for tensor in tensors if tensor.is_floating_point()]
    return (weights or floating or [tensors[0].dtype])[0]


def _told(call: Call, tensors: list[Tensor]) -> str:
    return ", ".join(f"{call.name(tensor)} is {dtype_name(tensor.dtype)}{_origin(tensor)}" for tensor in tensors)


def _origin(tensor: Tensor) -> str:
    return " (what NumPy makes by default)" if tensor.dtype == torch.float64 else ""


def _names_of(dtype: torch.dtype) -> set[str]:
    """Return what torch's messages call a dtype, in small letters."""
    name = dtype_name(dtype)
    return {name, *(old for old, new in _OLD_NAMES.items() if new == name)}


_OLD_NAMES = {"long": "int64", "int": "int32", "short": "int16", "char": "int8", "byte": "uint8", "bool": "bool",
              "float": "float32", "double": "float64", "half": "float16", "bfloat16": "bfloat16",
              "complexfloat": "complex64", "complexdouble": "complex128"}  # fmt: skip
