"""Errors of writing in place: where autograd, or the memory itself, does not allow it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from torch import Tensor

from retorch.explanations._calls import Call
from retorch.explanations._graphs import made_by
from retorch.explanations._history import tensors_in
from retorch.explanations.errors._registry import Explanation, explains


@explains(r"a leaf Variable that requires grad is being used in an in-place operation")
def write_into_a_leaf(call: Call, _match: re.Match[str]) -> Explanation | None:
    """A leaf collects `.grad`; after a write autograd could no longer say the gradient of which value that is.

    Wrong: `weight -= 0.1 * weight.grad`. Right: the same under `with torch.no_grad():`.
    Source: https://docs.pytorch.org/docs/stable/notes/autograd.html, "In-place operations with autograd".
    """
    leaf = next((tensor for tensor in _written(call) if tensor.is_leaf and tensor.requires_grad), None)
    if leaf is None:
        return None
    why = f"{call.name(leaf)} is a leaf whose gradient is wanted, and the write would lose the value that it is for."
    return Explanation(why, _out_of_place_or_untracked(call), [("", leaf)])


@explains(r"a view of a leaf Variable that requires grad is being used in an in-place operation")
def write_into_a_view_of_a_leaf(call: Call, _match: re.Match[str]) -> Explanation | None:
    """A view shares the leaf's memory, so a write into it is a write into the leaf.

    Wrong: `weight[0] = 0`. Right: the same under `with torch.no_grad():`, or into a clone.
    """
    for tensor in _written(call):
        leaf = tensor._base if tensor._is_view() else tensor  # noqa: SLF001 - torch has no other door to it
        if leaf is not None and leaf.is_leaf and leaf.requires_grad:
            name = call.name(leaf, "its base")
            why = f"The write goes into the memory of {name}, a leaf whose gradient is wanted."
            about = [("", tensor)] if leaf is tensor else [("", tensor), (name, leaf)]
            return Explanation(why, _out_of_place_or_untracked(call), about)
    return None


@explains(r"more than one element of the written-to tensor refers to a single memory location")
def write_into_an_expanded_tensor(call: Call, _match: re.Match[str]) -> Explanation | None:
    """Where a stride is 0, several indices show one element, and a write into one would be seen at the others.

    Right: `x = x.clone()` first, which gives each index an element of its own.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.expand.html
    """
    for tensor in _written(call):
        repeated = [d for d, size in enumerate(tensor.shape) if size > 1 and tensor.stride(d) == 0]
        if repeated:
            why = " ".join(
                f"Dimension {d} has stride 0: its {tensor.shape[d]} indices show one element." for d in repeated
            )
            bytes_copied = tensor.numel() * tensor.element_size()
            remedy = f"write into {call.subject(tensor)}.clone(), which copies {bytes_copied:,} bytes."
            return Explanation(why, remedy, [("", tensor)])
    return None


@explains(r"some elements of the input tensor and the written-to tensor refer to a single memory location")
def write_into_what_is_read(call: Call, _match: re.Match[str]) -> Explanation | None:
    """An input shares elements with the output but not all of them, so values would be read after they were written.

    Wrong: `x[1:].add_(x[:-1])`. Right: `x[1:].add_(x[:-1].clone())`.
    """
    written = next(iter(_written(call)), None)
    if written is None:
        return None
    inputs = [tensor for tensor in call.tensors if tensor is not written and _share_storage(tensor, written)]
    if not inputs:
        return None
    name = call.name(inputs[0])
    why = f"{call.name(written)} and {name} share some elements: the write would change what is still to be read."
    remedy = f"read from a copy: {call.subject(inputs[0])}.clone()."
    return Explanation(why, remedy, [("", written), *(("", one) for one in inputs)])


@explains(r"Inplace update to inference tensor outside InferenceMode is not allowed")
def write_into_an_inference_tensor(call: Call, _match: re.Match[str]) -> Explanation | None:
    """A tensor made under `torch.inference_mode()` has no version counter, so autograd could not notice the write.

    Source: https://docs.pytorch.org/docs/stable/notes/autograd.html, "Inference Mode".
    """
    tensor = next((one for one in _written(call) if one.is_inference()), None)
    if tensor is None:
        return None
    return Explanation(
        f"{call.name(tensor)} was made under torch.inference_mode() and cannot be written outside of it.",
        f"write into {call.subject(tensor)}.clone(), or make it under torch.no_grad() instead.",
        [("", tensor)],
    )


@explains(r"Output (\d+) of (\w+?)(?:Backward0)? is a view and (is being modified|its base or another view)")
def write_into_one_of_several_views(call: Call, match: re.Match[str]) -> Explanation | None:
    """`unbind`, `split`, `chunk` and iterating give several views at once, and autograd tracks no write into those.

    Wrong: `for row in x: row.mul_(2)`. Right: `x[i].mul_(2)`, or build a new tensor with `torch.stack`.
    Source: torch/csrc/autograd/variable.cpp, `CreationMeta::MULTI_OUTPUT_NODE`.
    """
    tensor = next((one for one in call.tensors if one._is_view()), None)  # noqa: SLF001
    if tensor is None:
        return None
    several = f"one of several views that {match[2].lower()} made at once (output {match[1]}){_maker(tensor)}"
    if match[3] == "is being modified":
        return Explanation(
            f"{call.name(tensor)} is {several}. Autograd tracks writes into views that were made one at a time.",
            "use the operation that returns a new tensor; or take this part by an index or slice of its own and write "
            "there.",
            [("", tensor)],
        )
    version = tensor._version  # noqa: SLF001
    writes = call.history.writes.into(tensor, since=0, until=version)
    last = writes[-1].site.told(writes[-1].operation) if writes else ""
    where = f" The last write into that memory: {last}." if last else ""
    return Explanation(
        f"{call.name(tensor)} is {several}, and the memory under it was written to since.{where}",
        "make the views after the write, or write into a clone.",
        [],
    )


@explains(r"A view was created in (no_grad|inference) mode and is being modified inplace")
def write_through_a_view_made_without_gradients(call: Call, match: re.Match[str]) -> Explanation | None:
    """Autograd did not see the view being made, so it cannot know what the write does to the base."""
    tensor = next((one for one in _written(call) if one._is_view()), None)  # noqa: SLF001
    if tensor is None:
        return None
    mode = "torch.no_grad()" if match[1] == "no_grad" else "torch.inference_mode()"
    return Explanation(
        f"{call.name(tensor)} is a view that was made under {mode}, and the write happens where gradients are on.",
        f"move the write under {mode} too, or make the view outside of it.",
        [("", tensor)],
    )


def _maker(view: Tensor) -> str:
    made = made_by(view)
    return f", in {made.site.told(made.operation)}" if made else ""


def _written(call: Call) -> Iterator[Tensor]:
    """Yield the tensors that a call writes into, as far as its name and arguments tell."""
    if "out" in call.kwargs:
        yield from tensors_in([call.kwargs["out"]], {})
    # `add_`, `__setitem__`, `_foreach_add_`, `relu(inplace=True)`: all write into the first one.
    elif call.operation.endswith("_") or call.kwargs.get("inplace"):
        yield from tensors_in(call.args[:1], {} if call.args else call.kwargs)


def _share_storage(one: Tensor, other: Tensor) -> bool:
    # Its address is the only identity that a storage has.
    return bool(one.untyped_storage()._cdata == other.untyped_storage()._cdata)  # noqa: SLF001


def _out_of_place_or_untracked(call: Call) -> str:
    untracked = "to change its values themselves (an update, an initialisation), write under `with torch.no_grad():`"
    if call.operation == "__setitem__":
        return f"{untracked}; to compute with changed values, write into a clone()."
    return f"{untracked}; to compute with the result, use the operation that returns a new tensor."
