"""`InPlace`: what a write into a tensor would do, told without writing.

The rules are torch's own (`check_inplace` in torch/csrc/autograd/VariableTypeUtils.h, `assert_no_internal_overlap` in
ATen/MemoryOverlap.cpp), in the order in which torch asks them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor

from retorch.memory import Layout, overlaps_itself
from retorch.tensors._autograd import AutogradFacts
from retorch.tensors._kinds import PLACED, Kind
from retorch.tensors._saved import Node, Saved, find_saved, walk_graph

Verdict: TypeAlias = Literal["allowed", "forbidden", "breaks backward", "silently wrong", "unknown"]


@dataclass(frozen=True, slots=True)
class InPlace:
    """What an in-place write such as `x.add_(1)` would do, in the gradient mode in which this was asked.

    Attributes:
        verdict: "allowed"; "forbidden" (the write raises); "breaks backward" (the write works and a backward raises
            later); "silently wrong" (nothing raises, and what comes out is wrong or undefined); "unknown".
        reason: a sentence without a full stop; "" where the write is simply allowed.
        error: a part of the message with which torch or NumPy refuse; "" where nothing raises.
        saved_by: the operations found that keep the value for their backward.
        complete: True where the whole graph from `backward_from` was looked through. False where only what made the
            tensor could be, or where hooks keep values (a checkpointed layer its inputs): one of them may be this.
    """

    verdict: Verdict
    reason: str = ""
    error: str = ""
    saved_by: tuple[Saved, ...] = ()
    complete: bool = False

    @property
    def allowed(self) -> bool:
        """Whether nothing speaks against it."""
        return self.verdict == "allowed"


# What torch remembers of how a view came about, and why it then refuses to write through it.
_VIEW_MADE_BY = {
    "NO_GRAD_MODE": (
        "a view made under torch.no_grad() of a tensor that requires a gradient; make the view where you write",
        "created in no_grad mode and is being modified inplace with grad mode enabled",
    ),
    "INFERENCE_MODE": (
        "a view made under torch.inference_mode() of a tensor that requires a gradient; make the view where you write",
        "created in inference mode and is being modified inplace in normal mode",
    ),
    "MULTI_OUTPUT_NODE": (
        "one of several views that one operation made (unbind, split, chunk, iterating); write through x[0] instead",
        "This view is the output of a function that returns multiple views",
    ),
    "IN_CUSTOM_FUNCTION": (
        "a view made inside a custom autograd.Function; clone() it first",
        "This view was created inside a custom Function",
    ),
}
_LEAF = InPlace(
    "forbidden",
    "a leaf that requires a gradient; write under torch.no_grad(), or into a clone()",
    "a leaf Variable that requires grad is being used in an in-place operation",
)
_VIEW_OF_LEAF = InPlace(
    "forbidden",
    "a view of a leaf that requires a gradient; write under torch.no_grad(), or into a clone()",
    "a view of a leaf Variable that requires grad is being used in an in-place operation",
)
_INFERENCE = InPlace(
    "forbidden",
    "an inference tensor; write inside torch.inference_mode(), or into a clone()",
    "Inplace update to inference tensor outside InferenceMode is not allowed",
)
_EXPANDED = InPlace(
    "forbidden",
    "expanded: one element stands for several, so only fill_ and zero_ may write; clone() it first",
    "more than one element of the written-to tensor refers to a single memory location",
)
_OVERLAPPING = InPlace(
    "silently wrong",
    "several indices show one element, which torch does not notice here: what it ends up with depends on the order "
    "of writing; clone() it first",
)
_PERHAPS_OVERLAPPING = InPlace(
    "unknown", "whether several indices show one element takes too long to find out; clone() it first"
)


def judge_writing(
    tensor: Tensor,
    kind: Kind,
    *,
    layout: Layout | None,
    autograd: AutogradFacts,
    storage: int | None,
    roots: Sequence[Tensor] | None,
) -> InPlace:
    """Say what an in-place write would do; writes nothing, and torch functions must be disabled around it.

    Args:
        tensor: of any kind.
        kind: its kind.
        layout: its layout, where it has one.
        autograd: its autograd facts.
        storage: `_cdata` of its storage.
        roots: what a backward may start from; None to look only at what made the tensor.
    """
    if kind in ("functorch", "uninitialised"):
        return InPlace("unknown", f"not told for this kind of tensor ({kind})")
    # Without memory there is nothing to overlap, and torch does not look.
    placed = None if kind in ("meta", "fake") else layout
    overlap = _overlap(placed)
    refused = _refused_by_autograd(tensor, autograd)
    if refused is not None:
        # What helps against the first need not help against the second.
        also = "" if overlap is None else f"; and {overlap.reason}"
        return replace(refused, reason=refused.reason + also)
    if overlap is not None and overlap.verdict == "forbidden":
        return overlap
    if autograd.is_inference and not torch.is_inference_mode_enabled():
        return _INFERENCE
    if overlap is not None:
        return overlap
    if autograd.is_inference:
        return InPlace("allowed")  # no operation can save it for a backward
    if kind not in PLACED or storage is None:
        return InPlace("unknown", f"autograd would allow it; whether it works is up to this kind of tensor ({kind})")
    found = find_saved(tensor, storage, _reachable(tensor, autograd, roots), _makers(tensor))
    return _judge_saved(found.saved, complete=roots is not None and found.all_seen)


def _refused_by_autograd(tensor: Tensor, autograd: AutogradFacts) -> InPlace | None:
    if not (autograd.requires_grad and torch.is_grad_enabled()):
        return None
    if tensor._is_view():  # noqa: SLF001 - torch has no other door to it
        made_by = torch._C._autograd._get_creation_meta(tensor).name  # noqa: SLF001
        if made_by in _VIEW_MADE_BY:
            return InPlace("forbidden", *_VIEW_MADE_BY[made_by])
        base = tensor._base  # noqa: SLF001
        if base is not None and base.is_leaf:
            return _VIEW_OF_LEAF
    return _LEAF if autograd.is_leaf else None


def _overlap(layout: Layout | None) -> InPlace | None:
    overlaps = False if layout is None else overlaps_itself(layout)
    if overlaps is False or layout is None:
        return None
    if overlaps is None:
        return _PERHAPS_OVERLAPPING
    # All that torch itself looks for; the harder cases it lets pass.
    expanded = any(size > 1 and stride == 0 for size, stride in zip(layout.shape, layout.strides, strict=True))
    return _EXPANDED if expanded else _OVERLAPPING


def _makers(tensor: Tensor) -> tuple[Node | None, ...]:
    base = tensor._base  # noqa: SLF001
    return tuple(_grad_fn(each) for each in (tensor, base) if each is not None)


def _reachable(tensor: Tensor, autograd: AutogradFacts, roots: Sequence[Tensor] | None) -> Any:
    """Return the nodes that may have saved the tensor's memory and can be reached from what was given."""
    if roots is not None:
        return walk_graph(map(_grad_fn, roots))
    makers = _makers(tensor)
    # A fresh result lies in memory that only the operation that made it could have saved. After in-place writes the
    # memory is older than its last maker.
    return walk_graph(makers) if autograd.version else dict.fromkeys(node for node in makers if node is not None)


def _grad_fn(tensor: Tensor) -> Node | None:
    try:
        return tensor.grad_fn
    except RuntimeError:  # a view whose siblings were written to: see AutogradFacts.broken
        return None


def _judge_saved(saved: tuple[Saved, ...], *, complete: bool) -> InPlace:
    if not saved:
        return InPlace("allowed", complete=complete)
    who = ", ".join(dict.fromkeys(f"{one.operation} (as its {one.role})" for one in saved))
    changed = any(one.changed for one in saved)
    already = "; it was written to since, so that this backward raises already" if changed else ""
    if all(one.noticed is False for one in saved):
        reason = f"saved for the backward of {who}, and torch does not notice a write through this one{already}"
        return InPlace("silently wrong", reason, "", saved, complete)
    unsure = any(one.noticed is None for one in saved)
    alias = "; if it came from .data, torch does not notice and the gradient is wrong" if unsure else ""
    reason = f"saved for the backward of {who}; write into a clone(){already}{alias}"
    error = "one of the variables needed for gradient computation has been modified by an inplace operation"
    return InPlace("breaks backward", reason, error, saved, complete)
