"""`describe`: an event in words and numbers, made once for each place; the next times are only counted."""

from __future__ import annotations

from types import FrameType
from typing import Any

import torch
from torch import Tensor

from retorch.lines import site_of
from retorch.memory import Layout
from retorch.tracing._aliases import Alias, find_aliases
from retorch.tracing._entries import Copy, Move, Movement, Write
from retorch.tracing._events import Event
from retorch.tracing._frames import visible_names
from retorch.tracing._naming import operation_name
from retorch.tracing._reasons import reason_for_copy


def describe(event: Event, operator: Any, frame: FrameType, user: FrameType | None) -> Movement:
    """Describe an event; bytes and count are the ledger's.

    Args:
        event: what happened.
        operator: torch's operator.
        frame: that called it.
        user: the frame of the user's code that it belongs to.
    """
    name = operator._schema.name.rpartition("::")[2]  # noqa: SLF001
    operation = operation_name(frame, user) or name
    if event.in_place and operation == "indexing":
        operation = "index assignment"
    common = _common(event, operator, operation, user)
    if event.kind == "copy":
        return Copy(**common, why=reason_for_copy(event, name, operation))
    aliases = _aliases(event.tensor, user) if event.in_place else ()
    if event.kind == "write":
        return Write(**common, layout=_layout(event.tensor), aliases=aliases, at_most=event.at_most)
    assert event.source is not None
    return Move(
        **common, source=str(event.source.device), target=event.target, waited=event.waited,
        non_blocking=event.non_blocking, aliases=aliases,
    )  # fmt: skip


def _common(event: Event, operator: Any, operation: str, user: FrameType | None) -> dict[str, Any]:
    site, tensor = site_of(user), event.tensor
    return {
        "operation": operation,
        "aten": str(operator),
        "file": site.file,
        "line": site.line,
        "expression": site.expression,
        "shape": None if tensor.is_nested else tuple(tensor.shape),
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "tensors": event.tensors,
    }


def _aliases(tensor: Tensor, user: FrameType | None) -> tuple[Alias, ...]:
    return () if user is None else find_aliases(tensor, visible_names(user))


def _layout(tensor: Tensor) -> Layout | None:
    if tensor.layout is not torch.strided or tensor.is_nested:
        return None
    return Layout(tuple(tensor.shape), tensor.stride(), int(tensor.storage_offset()), tensor.itemsize)
