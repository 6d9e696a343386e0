"""Errors of asking for gradients: from something that has no graph, or that is no scalar."""

from __future__ import annotations

import re

import torch
from torch import Tensor

from retorch.explanations._calls import Call, dtype_name
from retorch.explanations._cuts import Cut
from retorch.explanations.errors._backward import backward_roots
from retorch.explanations.errors._registry import Explanation, explains

_COPIES_OF_VALUES = {"tensor", "as_tensor", "asarray", "new_tensor"}


@explains(r"element (\d+) of tensors does not require grad and does not have a grad_fn")
def loss_without_graph(call: Call, match: re.Match[str]) -> Explanation | None:
    """Nothing with gradients led to the loss, or the graph was cut on the way.

    Wrong: `loss = torch.tensor(loss.item())`, `pred = model(x).argmax(1)`, a model that ran under `no_grad`.
    """
    roots = backward_roots(call)
    if int(match[1]) >= len(roots):
        return None
    root = roots[int(match[1])]
    cut = call.history.cuts.of(root)
    name = call.name(root, "the tensor")
    if cut is not None:
        why = f"{name} has no graph. {_how(cut)} Nothing else came into it with a graph."
        return Explanation(why, _reconnect(cut), [("", root)])
    why = f"{name} has no graph: explaining() saw nothing that requires grad go into it.{_as_numbers(call)}"
    return Explanation(why, _WITHOUT_A_CUT, [("", root)])


@explains(r"grad can be implicitly created only for scalar outputs")
def backward_from_many(call: Call, _match: re.Match[str]) -> Explanation | None:
    """A gradient is that of one number. Of several, torch must be told how they add up."""
    root = next((tensor for tensor in backward_roots(call) if tensor.numel() != 1), None)
    if root is None:
        return None
    name = call.name(root, "the loss")
    subject = call.subject(root, "the loss")
    return Explanation(
        f"{name} has {root.numel()} elements, and backward starts from one number.",
        f"{subject}.mean().backward() or {subject}.sum().backward(); a criterion does it with reduction='mean'.",
        [("", root)],
    )


@explains(r"Mismatch in shape: grad_output\[(\d+)\] has a shape of")
def gradient_of_another_shape(call: Call, match: re.Match[str]) -> Explanation | None:
    """The gradient handed to backward needs one number for each element of the output."""
    roots = backward_roots(call)
    given = call.argument(1, "gradient", None)
    if int(match[1]) >= len(roots) or not isinstance(given, Tensor):
        return None
    root = roots[int(match[1])]
    return Explanation(
        f"The gradient needs the shape of {call.name(root)}: {list(root.shape)}, and has {list(given.shape)}.",
        f"pass a gradient such as torch.ones_like({call.name(root)}).",
    )


@explains(r"One of the differentiated Tensors does not require grad")
def gradient_for_a_constant(call: Call, _match: re.Match[str]) -> Explanation | None:
    """Gradients are kept only for tensors that asked for them before the forward pass."""
    constants = [tensor for tensor in _wanted(call) if not tensor.requires_grad]
    if not constants:
        return None
    name = call.name(constants[0], "the input")
    return Explanation(
        f"{name} does not require grad, so the graph does not lead to it.",
        f"{call.subject(constants[0], 'the input')}.requires_grad_() before the forward pass.",
        [("", tensor) for tensor in constants],
    )


@explains(r"The differentiated Tensor at index (\d+) appears to not have been used in the graph")
def gradient_for_an_unused_tensor(call: Call, match: re.Match[str]) -> Explanation | None:
    """The output was computed without this input, or from a copy of it without gradients."""
    wanted = _wanted(call)
    if int(match[1]) >= len(wanted):
        return None
    unused = wanted[int(match[1])]
    return Explanation(
        f"The graph of the output does not lead to {call.name(unused)}.",
        "leave it out, or pass allow_unused=True and get None for it.",
        [("", unused)],
    )


@explains(r"Inference tensors cannot be saved for backward")
def inference_tensor_in_a_graph(call: Call, _match: re.Match[str]) -> Explanation | None:
    """A tensor made under `torch.inference_mode()` has no version counter, so a graph cannot rely on its value."""
    found = [tensor for tensor in call.tensors if tensor.is_inference()]
    if not found:
        return None
    name = call.name(found[0])
    return Explanation(
        f"{name} was made under torch.inference_mode(), and {call.operation} would keep it for its backward.",
        f"use {call.subject(found[0])}.clone(), or make it under torch.no_grad() instead of torch.inference_mode().",
        [("", tensor) for tensor in found],
    )


@explains(r"[oO]nly Tensors of floating point (and complex )?dtype can require gradients")
def gradient_of_integers(call: Call, _match: re.Match[str]) -> Explanation | None:
    """A gradient says what a small change does, and whole numbers have no small changes."""
    tensor = next((one for one in call.tensors if not (one.is_floating_point() or one.is_complex())), None)
    if tensor is None:
        return None
    name = call.name(tensor)
    remedy = f"{call.subject(tensor)}.float() can have one."
    return Explanation(f"{name} holds {dtype_name(tensor.dtype)}.", remedy, [("", tensor)])


_WITHOUT_A_CUT = (
    "look whether the parameters require grad, whether the forward pass ran before this `with` under torch.no_grad(), "
    "and whether a value went through a Python number or NumPy (.item(), float(), .numpy()) on its way."
)


def _as_numbers(call: Call) -> str:
    lines = [site.told() for site in call.history.numbers]
    if not lines:
        return ""
    return f" A value that came of a graph became plain numbers here, which have none: {', '.join(lines)}."


def _how(cut: Cut) -> str:
    line = cut.site.told(cut.operation)
    if not cut.grad_mode:
        return f"{line} ran with gradients switched off (torch.no_grad(), inference_mode or set_grad_enabled(False))."
    if cut.operation in _COPIES_OF_VALUES:
        return f"{line} copied the values into a new tensor without the graph."
    return f"{line} left it: the result of {cut.operation} carries no gradient."


def _reconnect(cut: Cut) -> str:
    if not cut.grad_mode and cut.updates_a_leaf:
        return "if that updates a weight, write in place there (w -= ...): a new tensor is no weight any more."
    if not cut.grad_mode:
        return (
            "compute it outside of that block; where gradients are to go another way, look whether the parameters "
            "there require grad."
        )
    if cut.operation == "grad":
        return "pass create_graph=True there, which gives the gradient a graph of its own."
    if cut.operation in _COPIES_OF_VALUES:
        return "use the tensors themselves; torch.stack and torch.cat join several and keep the graph."
    if cut.operation in ("detach", "data", "detach_"):
        return f"leave .{cut.operation} out on the way to the loss."
    return f"compute the loss from what {cut.operation} was given; {cut.operation} has no gradient."


def _wanted(call: Call) -> list[Tensor]:
    wanted = call.argument(1, "inputs", ())
    return [wanted] if isinstance(wanted, torch.Tensor) else [one for one in wanted if isinstance(one, Tensor)]
