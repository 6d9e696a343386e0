"""Errors of layers: convolutions and normalisations that get another shape than they are made for."""

from __future__ import annotations

import re

from torch import Tensor

from retorch.explanations._calls import Call
from retorch.explanations.errors._registry import Explanation, explains

_NORMS = {"batch_norm", "instance_norm", "group_norm"}


@explains(
    r"Given (?:groups|transposed)=\d+, weight of size \[.*?\], "
    r"expected input\[(.*?)\] to have (\d+) channels, but got (\d+)"
)
def channels_that_differ(call: Call, match: re.Match[str]) -> Explanation | None:
    """A convolution takes channels first: [batch, channels, height, width], or without the batch.

    Images from PIL, OpenCV and matplotlib have channels last.
    """
    given = call.argument(0, "input")
    channels = int(match[2])
    if not isinstance(given, Tensor) or not call.operation.startswith("conv"):
        return None
    name = call.name(given, "the input")
    spatial = int(re.sub(r"\D", "", call.operation) or 2)
    axis = 1 if given.dim() == spatial + 2 else 0
    if given.dim() not in (spatial + 1, spatial + 2) or given.shape[axis] == channels:
        return None
    unbatched = "" if axis else f" With {given.dim()} dimensions it is taken for one sample without a batch."
    why = f"Dimension {axis} of {name} counts channels: {given.shape[axis]}, and the layer takes {channels}.{unbatched}"
    remedy = _channels_first(given, channels, axis, call.subject(given, name))
    if channels == 1 and not axis:
        shape, subject = [given.shape[0], 1, *given.shape[1:]], call.subject(given, name)
        remedy = f"if it is a batch without channels, {subject}.unsqueeze(1) has shape {shape} and works."
    return Explanation(why, remedy, _with_weight(call, given, name))


@explains(r"Expected more than 1 value per channel when training")
def batch_norm_of_one_value(call: Call, _match: re.Match[str]) -> Explanation | None:
    """In training mode a batch norm takes mean and variance from the batch; of one value the variance is 0.

    Often the last batch of an epoch has one sample. Source: Ioffe and Szegedy, "Batch Normalization", 2015, section 3.
    """
    given = call.argument(0, "input")
    if not isinstance(given, Tensor) or call.operation not in _NORMS:
        return None
    name = call.name(given, "the input")
    if call.operation == "group_norm":
        why = f"Each group of {name} holds one value, whose variance is 0."
        return Explanation(why, "use fewer groups.", [(name, given)])
    return Explanation(
        f"In training mode the statistics come from the batch, and {name} has one value a channel: "
        f"batch size {given.shape[0]}{_spatial(given)}.",
        "to predict, call model.eval() first, which uses the running statistics. To train, leave the last, smaller "
        "batch out (DataLoader(..., drop_last=True)) or give more than one sample.",
        [(name, given)],
    )


@explains(r"expected (\d)D(?: or (\d)D)? input \(got (\d)D input\)")
def batch_norm_of_another_rank(call: Call, match: re.Match[str]) -> Explanation | None:
    """A batch norm needs the batch dimension; unlike convolutions it takes no single sample."""
    given = next((tensor for tensor in call.tensors if tensor.dim() == int(match[3])), None)
    if given is None:
        return None
    name = call.name(given, "the input")
    ranks = " or ".join(rank for rank in (match[1], match[2]) if rank)
    one_less = given.dim() + 1 == int(match[1])
    remedy = f"{call.subject(given, name)}.unsqueeze(0) makes a batch of one sample of it." if one_less else ""
    why = f"It takes {ranks} dimensions, the batch first, and {name} has {given.dim()}."
    return Explanation(why, remedy, [(name, given)])


@explains(r"running_mean should contain (\d+) elements not (\d+)")
def features_of_batch_norm(call: Call, match: re.Match[str]) -> Explanation | None:
    """Dimension 1 of the input counts the channels that the layer was made for."""
    given = call.argument(0, "input")
    if not isinstance(given, Tensor) or given.dim() < 2 or given.shape[1] != int(match[1]):
        return None
    name = call.name(given, "the input")
    return Explanation(
        f"Dimension 1 of {name} counts the channels: {match[1]}, and the layer was made for {match[2]}.",
        f"make the layer with num_features={match[1]}, or bring the channels to dimension 1.",
        [(name, given)],
    )


@explains(r"Given normalized_shape=\[(.*?)\], expected input with shape \[\*, .*?\], but got input of size")
def features_of_layer_norm(call: Call, match: re.Match[str]) -> Explanation | None:
    """A layer norm is made for the last dimensions of its input."""
    given = call.argument(0, "input")
    if not isinstance(given, Tensor):
        return None
    name = call.name(given, "the input")
    why = f"The layer was made for last dimensions [{match[1]}], and {name} has shape {list(given.shape)}."
    return Explanation(why, "", [(name, given)])


def _channels_first(given: Tensor, channels: int, axis: int, subject: str) -> str:
    if given.shape[-1] != channels:
        return ""
    order = [*range(axis), given.dim() - 1, *range(axis, given.dim() - 1)]
    shape = [given.shape[place] for place in order]
    return f"if the channels are last, {subject}.permute({', '.join(map(str, order))}) has shape {shape} and works."


def _with_weight(call: Call, given: Tensor, name: str) -> list[tuple[str, Tensor]]:
    weight = call.argument(1, "weight")
    return [(name, given), (call.name(weight, "its weight"), weight)]


def _spatial(given: Tensor) -> str:
    return f", spatial size {' x '.join(map(str, given.shape[2:]))}" if given.dim() > 2 else ""
