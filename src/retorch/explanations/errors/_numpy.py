"""Errors of handing a tensor to NumPy, and of handing an array or a list to torch."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from torch import Tensor

from retorch.explanations._calls import Call, dtype_name
from retorch.explanations.errors._dtypes import to_dtype
from retorch.explanations.errors._registry import Explanation, explains
from retorch.inspection import inspect

_TO_NUMPY = {"numpy", "__array__"}


@explains(
    r"Can't call numpy\(\) on Tensor that (requires grad|has conjugate bit set|has negative bit set)",
    r"can't convert (\S+) device type tensor to numpy",
    r"Got unsupported ScalarType (\w+)",
    r"can't convert Sparse(\w*) layout tensor to numpy",
)
def tensor_that_numpy_cannot_have(call: Call, match: re.Match[str]) -> Explanation | None:
    """An array is plain memory of the host in one of NumPy's dtypes, and knows no gradients.

    `.numpy()` shares the memory, so nothing may be converted on the way: that is asked for by name.
    """
    tensor = call.args[0] if call.args else None
    if call.operation not in _TO_NUMPY or not isinstance(tensor, Tensor):
        return None
    return Explanation(_why(call, tensor, match[0]), _remedy(call, tensor), [("", tensor)])


@explains(
    r"argument '\w+' \(position \d+\) must be Tensor, not (?:numpy\.)?(ndarray|list|tuple)$",
    r"received an invalid combination of arguments - got \((?:numpy\.)?(ndarray|list|tuple), Parameter",
)
def value_that_is_no_tensor(call: Call, match: re.Match[str]) -> Explanation | None:
    """A layer computes with tensors and converts nothing by itself: it could not know the dtype and the device.

    Often `model(X)` with the arrays of scikit-learn, or the pair that a recurrent layer returns.
    """
    given = (*call.args, *call.kwargs.values())
    value = next((one for one in given if type(one).__name__ == match[1]), None)
    if value is None:
        return None
    name = call.name(value, "the input")
    return Explanation(f"{name} is {_KINDS[match[1]]}.", _as_tensor(call, value, name), [])


_KINDS = {"ndarray": "a NumPy array", "list": "a Python list", "tuple": "a tuple"}


def _as_tensor(call: Call, value: Any, name: str) -> str:
    if isinstance(value, np.ndarray):
        return f"torch.from_numpy({name}){_to_dtype_of_layer(call, value)}."
    held = [item for item in value if isinstance(item, Tensor)]
    if held and isinstance(value, tuple):
        subject = call.subject(value, name)
        return f"take the tensor that is meant out of it: {subject}[0]. A recurrent layer returns (output, state)."
    return f"torch.stack({name})." if held else f"torch.tensor({name})."


def _to_dtype_of_layer(call: Call, array: np.ndarray) -> str:
    weight = call.argument(1, "weight", getattr(call.kwargs.get("self"), "weight", None))
    counts = array.dtype.kind in "iu" and call.operation.startswith("embedding")
    if not isinstance(weight, Tensor) or counts or str(array.dtype) == dtype_name(weight.dtype):
        return ""
    return f".{to_dtype(weight.dtype)}"


def _why(call: Call, tensor: Tensor, message: str) -> str:
    name = call.name(tensor, "the tensor")
    if "requires grad" in message:
        return f"{name} has a graph or collects a gradient, and what NumPy does to the array would not be in it."
    if "bit set" in message:
        bit = "conjugated" if "conjugate" in message else "negated"
        return f"{name} is {bit} by a mark only: its memory holds the values without that."
    if "device" in message:
        return f"{name} is on {tensor.device}, and NumPy reads the host's memory."
    if "ScalarType" in message:
        return f"NumPy has no dtype for {dtype_name(tensor.dtype)}."
    return f"{name} is {str(tensor.layout).removeprefix('torch.')}, and NumPy has dense arrays only."


def _remedy(call: Call, tensor: Tensor) -> str:
    if tensor.is_meta:
        return "a meta tensor has no values to hand over."
    if tensor.is_sparse or tensor.is_quantized:
        dense = "to_dense" if tensor.is_sparse else "dequantize"
        return f"{call.instead(dense, '')}.numpy()."
    remedy = inspect(tensor).numpy().remedy.replace(" shares", " shares the memory")
    return f"{call.on_subject(remedy)} and works." if remedy else ""
