"""Errors of loss functions: shapes, dtypes and classes of predictions and targets."""

from __future__ import annotations

import re
from typing import TypeAlias

import torch
from torch import Tensor

from retorch.explanations._calls import Call, dtype_name
from retorch.explanations.errors._registry import Explanation, explains

_OF_CLASSES = {"cross_entropy", "nll_loss"}
_BINARY = {"binary_cross_entropy", "binary_cross_entropy_with_logits"}
_Both: TypeAlias = tuple[Tensor, Tensor]


@explains(r"Target (-?\d+) is out of bounds")
def class_out_of_bounds(call: Call, match: re.Match[str]) -> Explanation | None:
    """Classes are counted from 0, and the prediction has a score for each.

    Wrong: labels 1 to 10 with 10 scores. Right: labels 0 to 9.
    """
    both = _of_classes(call)
    if both is None:
        return None
    scores, target = both
    classes, label = scores.shape[1 if scores.dim() > 1 else 0], int(match[1])
    name = call.name(target, "the target")
    who = call.name(scores, "the input")
    why = f"{who} has scores for {classes} classes, 0 to {classes - 1}, and {name} holds {label}."
    return Explanation(why, _for_label(label, classes, call.subject(target, name)))


@explains(r"Expected input batch_size \((\d+)\) to match target batch_size \((\d+)\)")
def batches_that_differ(call: Call, _match: re.Match[str]) -> Explanation | None:
    """There is one target for each row of scores."""
    both = _of_classes(call)
    if both is None:
        return None
    scores, target = both
    names = call.name(scores, "the input"), call.name(target, "the target")
    why = f"{names[0]} has {scores.shape[0]} rows of scores, and {names[1]} {target.shape[0]} labels."
    remedy = ""
    if scores.dim() > 2 and target.numel() * scores.shape[-1] == scores.numel():
        subject = call.subject(scores, names[0])
        remedy = f"{subject}.reshape(-1, {scores.shape[-1]}) has a row for each of the {target.numel()} labels."
    elif target.dim() == 1 and len(target) and scores.shape[0] % len(target) == 0:
        times = scores.shape[0] // len(target)
        remedy = f"look for a view(-1, ...) before it that makes {times} rows of each sample; flatten(1) keeps one."
    return Explanation(why, remedy)


@explains(
    r"0D or 1D target tensor expected, multi-target not supported",
    r"only batches of spatial targets supported \(\d+D tensors\) but got targets of",
    r"Expected target size \[.*?\], got \[.*?\]",
    r"size mismatch \(got input: \[.*?\] ?, target: \[.*?\]",
    r"Expected floating point type for target with class probabilities, got (\w+)",
)
def target_of_another_shape(call: Call, _match: re.Match[str]) -> Explanation | None:
    """Scores are [batch, classes, ...] and class numbers [batch, ...]: the target lacks dimension 1.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html, "Shape".
    """
    both = _of_classes(call)
    if both is None:
        return None
    scores, target = both
    wanted = [*scores.shape[:1], *scores.shape[2:]] if scores.dim() > 1 else []
    if list(target.shape) == wanted:
        return None
    axis = 1 if scores.dim() > 1 else 0
    why = (
        f"With scores {list(scores.shape)} ({scores.shape[axis]} classes in dimension {axis}) the class numbers have "
        f"shape {wanted}, and {call.name(target, 'the target')} has {list(target.shape)}."
    )
    subjects = call.subject(scores, "the input"), call.subject(target, "the target")
    return Explanation(why, _shape_that_fits(scores, target, wanted, subjects))


@explains(r"expected target dtype to be Long or Byte, but got \w+", r"expected scalar type Long but found \w+")
def target_that_is_no_class(call: Call, _match: re.Match[str]) -> Explanation | None:
    """Class numbers are whole: int64. Probabilities of classes are floats of the shape of the scores."""
    both = _of_classes(call)
    if both is None or both[1].dtype == torch.int64:
        return None
    target = both[1]
    name = call.name(target, "the target")
    why = f"{name} holds class numbers as {dtype_name(target.dtype)}, and they must be int64."
    return Explanation(why, f"{call.subject(target, name)}.long().")


@explains(
    r"Found dtype (?:Long|Int|Bool|Byte|Short|Char) but expected \w+",
    r"result type \w+ can't be cast to the desired output type (?:Long|Int|Bool|Byte|Short|Char)",
)
def binary_target_that_is_whole(call: Call, _match: re.Match[str]) -> Explanation | None:
    """A binary target is a probability, so it is a float like the prediction."""
    target = call.argument(1, "target")
    if call.operation not in _BINARY or not isinstance(target, Tensor) or target.is_floating_point():
        return None
    name = call.name(target, "the target")
    why = f"{name} holds {dtype_name(target.dtype)}, and a binary target is a probability."
    return Explanation(why, f"{call.subject(target, name)}.float().")


@explains(
    r"Using a target size \(torch\.Size\(.*?\)\) that is different to the input size",
    r"Target size \(torch\.Size\(.*?\)\) must be the same as input size",
)
def binary_target_of_another_shape(call: Call, _match: re.Match[str]) -> Explanation | None:
    """Each prediction has its target at the same place; nothing is broadcast."""
    given, target = call.argument(0, "input"), call.argument(1, "target")
    if call.operation not in _BINARY or given.shape == target.shape:
        return None
    names = call.subject(given, "the input"), call.subject(target, "the target")
    # A target of whole numbers would fail next.
    converted = "" if target.is_floating_point() else ".float()"
    remedy = ""
    if given.dim() == target.dim() + 1 and given.shape[-1] == 1 and given.shape[:-1] == target.shape:
        remedy = f"{names[1]}{converted}.unsqueeze(-1) has shape {list(given.shape)} and works."
    elif given.numel() == target.numel():
        remedy = f"{names[1]}{converted}.view_as({names[0]}) has shape {list(given.shape)}, if the order is the same."
    why = f"{names[0]} and {names[1]} need one shape, and have {list(given.shape)} and {list(target.shape)}."
    return Explanation(why, remedy)


@explains(r"weight tensor should be defined either for all (\d+) classes or no classes")
def weights_of_classes(call: Call, match: re.Match[str]) -> Explanation | None:
    """`weight=` has one number for each class."""
    weight = call.kwargs.get("weight", call.args[2] if len(call.args) > 2 else None)
    if call.operation not in _OF_CLASSES or not isinstance(weight, Tensor):
        return None
    return Explanation(f"weight= needs one number for each of the {match[1]} classes, and has {weight.numel()}.")


def _of_classes(call: Call) -> _Both | None:
    scores, target = call.argument(0, "input"), call.argument(1, "target")
    if call.operation not in _OF_CLASSES or not isinstance(scores, Tensor) or not isinstance(target, Tensor):
        return None
    return (scores, target) if scores.dim() else None


def _for_label(label: int, classes: int, name: str) -> str:
    if label == classes:
        return f"if the labels begin at 1, use {name} - 1; if there are {classes + 1} classes, widen the last layer."
    if label < 0:
        return f"to leave such targets out, pass ignore_index={label}."
    return f"the last layer needs a score for each class: at least {label + 1}."


def _to_classes(target: Tensor) -> str:
    return "" if target.dtype == torch.int64 else ".long()"


def _shape_that_fits(scores: Tensor, target: Tensor, wanted: list[int], names: tuple[str, str]) -> str:
    given = list(target.shape)
    if given == list(scores.shape) and not target.is_floating_point():
        return f"{names[1]}.argmax(1) if it is one-hot; {names[1]}.float() if it holds probabilities."
    for place in range(len(given) - 1, 0, -1):
        if given[place] == 1 and [*given[:place], *given[place + 1 :]] == wanted:
            return f"{names[1]}.squeeze({place}){_to_classes(target)} has shape {wanted} and works."
    if scores.dim() > 2 and given == list(scores.shape[:-1]):
        turned = [scores.shape[0], scores.shape[-1], *scores.shape[1:-1]]
        return f"if the classes are the last dimension, {names[0]}.movedim(-1, 1) has shape {turned} and works."
    return ""
