"""`card`: the facts about one tensor in words, as a text that fits a terminal and can be pasted anywhere."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from retorch.inspection._drawing import terminal_picture
from retorch.inspection._words import (
    called,
    counted_bytes,
    described,
    listed,
    terminal_width,
    type_word,
    with_article,
)
from retorch.tensors import AutogradFacts, StorageFacts, TensorFacts

_LABEL = 15
_MOST_PIECES = 8

# What is to be known of a kind before anything else.
_KINDS = {
    "quantized": "quantized: integers that stand for real numbers",
    "meta": "meta: shape and strides without memory or values",
    "fake": "fake: shape and strides without memory, as torch.compile and torch.export trace them",
    "sparse": "sparse: indices and values are tensors of their own, inspect those for more",
    "nested": "nested: several tensors of different shapes, inspect its parts for more",
    "opaque": "opaque: a backend keeps the elements in a form of its own",
    "wrapper": "a Python class round other tensors; what it says of shape and strides is its own word",
    "functorch": "inside torch.func (vmap, grad, jvp, functionalize), which stands between it and its memory",
    "uninitialised": "uninitialised: a lazy module makes it when it sees its first batch",
}


def card(facts: TensorFacts, name: str = "", width: int | None = None) -> str:
    """Write the card.

    Args:
        facts: what is to be said.
        name: stands in front of the first line.
        width: columns; None for those of the terminal, 80 at most.
    """
    columns = terminal_width() if width is None else width
    lines = _wrapped(_title(facts, name), columns)
    for label, text in _rows(facts):
        lines += _wrapped(f"{label:<{_LABEL}}{text}", columns)
    picture = terminal_picture(facts, columns)
    return "\n".join([*lines, *(["", *picture] if picture else [])])


def _wrapped(line: str, columns: int) -> list[str]:
    return textwrap.wrap(line, columns, subsequent_indent=" " * _LABEL, break_on_hyphens=False)


def _title(facts: TensorFacts, name: str) -> str:
    device = "" if facts.device is None else str(facts.device)
    return "  ".join(part for part in (name, called(facts), described(facts), device) if part)


def _rows(facts: TensorFacts) -> Iterator[tuple[str, str]]:
    """Yield what there is to say, the most asked for first; nothing of what is as always."""
    if facts.kind in _KINDS:
        yield "kind", _KINDS[facts.kind]
    yield from _layout_rows(facts)
    yield from _memory_rows(facts)
    yield from _view_rows(facts)
    yield "in-place", _in_place(facts)
    if facts.autograd is not None:
        yield "autograd", _autograd(facts.autograd)


def _layout_rows(facts: TensorFacts) -> Iterator[tuple[str, str]]:
    if facts.layout is not None:
        yield "strides", f"{listed(facts.layout.strides)}, offset {facts.layout.offset}"
    elif facts.byte_strides is not None:
        yield "strides", f"{listed(facts.byte_strides)} bytes; its elements do not lie on a grid of whole elements"
    if facts.contiguity is not None:
        yield "contiguous", f"no: {facts.contiguity.reason}" if facts.contiguity.reason else "yes"
    channels_last = [each for each in facts.memory_formats if each != "contiguous"]
    if channels_last:
        yield "memory format", " and ".join(facts.memory_formats)
    if facts.overlaps_itself:
        shown = "one element" if facts.layout is not None else "the same bytes"
        yield "overlap", f"several indices show {shown}"


def _memory_rows(facts: TensorFacts) -> Iterator[tuple[str, str]]:
    if facts.kind in ("meta", "fake"):
        if facts.bytes_seen is not None:
            yield "memory", f"none; with values it would see {counted_bytes(facts.bytes_seen)}"
        return
    for piece in facts.pieces[:_MOST_PIECES]:
        name = f"{piece.name}: " if piece.name else ""
        yield "holds", f"{name}{piece.description}, {counted_bytes(piece.bytes_seen)}"
    if len(facts.pieces) > _MOST_PIECES:
        yield "holds", f"and {len(facts.pieces) - _MOST_PIECES:,} more"
    if facts.bytes_kept_alive is not None:
        yield "memory", "; ".join([_bytes(facts), *_marks(facts.storage)])
    bits = [*(["complex conjugates"] if facts.conj else []), *(["negatives"] if facts.neg else [])]
    if bits:
        yield "values", f"the {' and '.join(bits)} of what the memory holds"


def _bytes(facts: TensorFacts) -> str:
    kept = f"{counted_bytes(facts.bytes_kept_alive or 0)} of storage kept alive"
    if facts.bytes_seen is None:
        return kept
    if facts.bytes_seen and not facts.bytes_kept_alive:
        return f"{counted_bytes(facts.bytes_seen)} seen of a storage that was emptied: reading it is an error"
    return f"{counted_bytes(facts.bytes_seen)} seen, {kept}"


def _marks(storage: StorageFacts | None) -> Iterator[str]:
    if storage is None:
        return
    if storage.lent:
        yield "lent by or to NumPy, a file or another library"
    if storage.pinned:
        yield "pinned"
    if storage.shared:
        yield "shared with other processes"


def _view_rows(facts: TensorFacts) -> Iterator[tuple[str, str]]:
    """Say what shares the memory, also where torch has no record of it."""
    view = facts.view
    if view is not None:
        owner = _owner(facts) if view.shape is None else _block(facts)
        yield "view", f"of {with_article(owner)}; writing to one changes the other"
    elif others := _unexplained_holders(facts):
        # A tensor does not know its views, and nothing knows what detach() and .data made.
        what = "1 other tensor holds" if others == 1 else f"{others:,} other tensors hold"
        yield "shared", f"{what} the same storage: a view, what detach() or .data gave, or a value saved for a backward"
    elif _sees_a_part(facts):
        yield "view", "torch has no record of one, yet it sees only a part of its storage"


def _unexplained_holders(facts: TensorFacts) -> int:
    if facts.storage is None:
        return 0
    # What was found to be saved for a backward is told with what a write would do.
    return max((facts.storage.other_holders or 0) - len(facts.in_place.saved_by), 0)


def _owner(facts: TensorFacts) -> str:
    assert facts.view is not None
    return type_word(facts.view.owner)


def _block(facts: TensorFacts) -> str:
    assert facts.view is not None
    assert facts.view.shape is not None
    dtype = str(facts.view.dtype).removeprefix("torch.")
    return f"{dtype} {listed(facts.view.shape)} {_owner(facts)}"


def _sees_a_part(facts: TensorFacts) -> bool:
    if facts.layout is None or facts.storage is None or facts.layout.numel == 0:
        return False
    begin, end = facts.layout.extent()
    return end - begin < facts.storage.size


def _in_place(facts: TensorFacts) -> str:
    told = facts.in_place
    if told.verdict == "allowed":
        return "allowed" if told.complete else "allowed, as far as seen without backward_from="
    return f"{told.verdict}: {told.reason}"


def _autograd(autograd: AutogradFacts) -> str:
    if autograd.is_inference:
        return "an inference tensor: no graph, no version"
    if autograd.broken:
        return f"broken: {autograd.broken}"
    result = f"output {autograd.output_nr} of " if autograd.output_nr else ""
    made = "leaf" if autograd.is_leaf else f"made by {result}{autograd.grad_fn}"
    said = [made, "requires a gradient" if autograd.requires_grad else "requires no gradient"]
    if autograd.has_grad:
        said.append("has one")
    elif autograd.retains_grad:
        said.append("will keep it")
    return ", ".join([*said, f"version {autograd.version}"])
