"""Errors of `view` and `reshape`: strides that no view can have, and sizes that do not multiply up."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from torch import Tensor

from retorch.explanations._calls import Call
from retorch.explanations.errors._registry import Explanation, explains
from retorch.inspection import inspect

_VIEWS = {"view", "view_as"}
_SHAPED = {"view", "reshape", "_unsafe_view"}


@explains(r"view size is not compatible with input tensor's size and stride")
def view_across_strides(call: Call, _match: re.Match[str]) -> Explanation | None:
    """A view has the same memory under other strides, and no strides can step over a jump in the middle of a dimension.

    Wrong: `x.t().view(12)`. Right: `x.t().reshape(12)`, which copies where it must.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.view.html, on compatible dimensions.
    """
    if call.operation not in _VIEWS:
        return None
    tensor = call.args[0]
    shape = _sizes(call) if call.operation == "view" else call.argument(1, "other").shape
    answer = inspect(tensor).view(*shape)
    if answer.possible or not answer.reason:
        return None
    remedy = f"{call.on_subject(answer.remedy)} and works." if answer.remedy else ""
    return Explanation(f"No view can have this shape: {answer.reason}.", remedy, [("", tensor)])


@explains(r"shape '\[.*\]' is invalid for input of size \d+")
def sizes_that_do_not_multiply_up(call: Call, _match: re.Match[str]) -> Explanation | None:
    """The sizes asked for have another product than the tensor has elements.

    Often a batch size is written down, and the last batch of an epoch is smaller: `x.view(32, -1)`.
    Right: `x.view(len(x), -1)`, or -1 in place of the size that may vary.
    """
    if call.operation not in _SHAPED or not isinstance(call.args[0], Tensor):
        return None
    tensor, sizes = call.args[0], _sizes(call)
    product = math.prod(size for size in sizes if size != -1)
    numel, wanted = tensor.numel(), _product_in_words(sizes)
    if -1 in sizes:
        if product and numel % product == 0:
            return None
        why = f"{numel} elements cannot be divided into {wanted}: {numel} / {product} is not a whole number."
    elif product == numel:
        return None
    else:
        asked = f"{product} ({wanted})" if len(sizes) > 1 else str(product)
        why = f"It has {numel} element{'' if numel == 1 else 's'}, and the shape asked for has {asked}."
    return Explanation(why if product else f"{numel} elements do not fit where a size is 0.",
                       _first_that_fits(call, numel, sizes), [("", tensor)])  # fmt: skip


def _sizes(call: Call) -> list[int]:
    given = call.args[1:] or tuple(call.kwargs.values())
    return list(given[0] if len(given) == 1 and not isinstance(given[0], int) else given)


def _product_in_words(sizes: list[int]) -> str:
    return " x ".join("?" if size == -1 else str(size) for size in sizes)


def _first_that_fits(call: Call, numel: int, sizes: list[int]) -> str:
    for freed, fitting in _with_one_size_free(numel, sizes):
        written = ", ".join(map(str, freed))
        return f"{call.instead(call.operation, written)} has shape {fitting} and works, if that is what is meant."
    return ""


def _with_one_size_free(numel: int, sizes: list[int]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the sizes with one of them left to torch, where the others divide the elements."""
    for place in range(len(sizes)):
        rest = math.prod(size for at, size in enumerate(sizes) if at != place and size != -1)
        if sizes.count(-1) - (sizes[place] == -1) == 0 and rest and numel % rest == 0:
            yield _with(sizes, place, -1), _with(sizes, place, numel // rest)


def _with(sizes: list[int], place: int, size: int) -> list[int]:
    return [*sizes[:place], size, *sizes[place + 1 :]]
