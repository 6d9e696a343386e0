"""The shortest thing that works in place of an operation that does not, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import torch

from retorch.questions._answers import called, counted
from retorch.questions._performing import Operation, bytes_of_copies, perform, subject_after
from retorch.questions._twins import Subject, twin_of

Chain: TypeAlias = tuple[Operation, ...]


def find_remedy(subject: Subject, refused: Operation) -> str:
    """Return what works and its cost, such as "x.reshape(2, -1) copies 48 bytes"; "" where nothing is known.

    Each candidate is tried on twins; none is suggested because it ought to work. Call it in `plain_torch`.
    """
    for chain in _candidates(subject, refused):
        try:
            copied = _bytes_copied_by(subject, chain)
        except Exception:  # noqa: BLE001, S112 - it does not work either, for whatever reason
            continue
        return f"{_spelled(chain, subject.name)} {f'copies {counted(copied)}' if copied else 'shares'}"
    return ""


def _candidates(subject: Subject, refused: Operation) -> Iterator[Chain]:
    name, args, kwargs = refused.name, refused.args, refused.kwargs
    if name in ("view", "view_as"):
        yield (Operation(name.replace("view", "reshape"), args, kwargs),)
        yield (Operation("contiguous"), Operation(name, args, kwargs))
    elif name in _OF_MATRICES:
        yield (Operation(_OF_MATRICES[name]),)
    elif name == "numpy":
        yield (*_to_plain_memory(subject), refused)
        wider = Operation("to", (torch.complex64,)) if subject.dtype.is_complex else Operation("float")
        yield (*_to_plain_memory(subject), wider, refused)
    elif name == "index":
        yield from _turned(subject, args[0])


_OF_MATRICES = {"t": "mT", "H": "mH"}


def _to_plain_memory(subject: Subject) -> Iterator[Operation]:
    if subject.requires_grad and torch.is_grad_enabled():
        yield Operation("detach")
    if subject.device.type != "cpu":
        yield Operation("cpu")
    if subject.is_conj:
        yield Operation("resolve_conj")
    if subject.is_neg:
        yield Operation("resolve_neg")


def _turned(subject: Subject, key: Any) -> Iterator[Chain]:
    """Walk forward over the places that negative steps name, then flip."""
    parts = list(key) if type(key) is tuple else [key]
    if not any(_is_backward(part) for part in parts) or not all(_is_basic(part) for part in parts):
        return
    if Ellipsis in parts:
        at = parts.index(Ellipsis)
        missing = len(subject.shape) - sum(part is not None for part in parts) + 1
        parts[at : at + 1] = [slice(None)] * missing
    flips: list[int] = []
    source = place = 0
    for position, part in enumerate(parts):
        if _is_backward(part) and source < len(subject.shape):
            parts[position] = _forward(part, subject.shape[source])
            flips.append(place)
        source += part is not None
        place += part is None or isinstance(part, slice)
    flip = Operation("flip", flips)
    trivial = all(part == slice(None) for part in parts)
    yield (flip,) if trivial else (Operation("index", (tuple(parts) if len(parts) > 1 else parts[0],)), flip)


def _is_basic(part: Any) -> bool:
    return part is None or part is Ellipsis or type(part) in (int, slice)


def _is_backward(part: Any) -> bool:
    return isinstance(part, slice) and isinstance(part.step, int) and part.step < 0


def _forward(part: slice, size: int) -> slice:
    """Return the slice with a positive step that names the same places."""
    places = range(size)[part]
    if len(places) == size:
        return slice(None)
    if not places:
        return slice(0, 0)
    return slice(places[-1], places[0] + 1, -part.step if part.step != -1 else None)


def _bytes_copied_by(subject: Subject, chain: Chain) -> int:
    copied = 0
    for operation in chain:
        twin = twin_of(subject)
        outcome = perform(subject, twin, operation)
        assert isinstance(outcome.result, torch.Tensor)
        copied += bytes_of_copies(twin, [outcome.result])
        subject = subject_after(subject, operation, outcome)
    return copied


def _spelled(chain: Chain, on: str) -> str:
    for operation in chain:
        on = called(str(operation), on)
    return on
