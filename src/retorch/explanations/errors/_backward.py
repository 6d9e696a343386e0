"""Errors of a backward whose graph or saved values are no longer what they were."""

from __future__ import annotations

import re
from inspect import signature

from torch import Tensor
from torch.nn import functional

from retorch.explanations._calls import Call
from retorch.explanations._graphs import Saved, find_freed, find_modified, walked_at
from retorch.explanations._history import tensors_in
from retorch.explanations._writes import Write
from retorch.explanations.errors._registry import Explanation, explains

_WRITES_TOLD = 3
_A_VIEW = " (a view of it)"


@explains(r"has been modified by an inplace operation.*is at version (\d+); expected version (\d+) instead")
def saved_value_written(call: Call, match: re.Match[str]) -> Explanation | None:
    """An operation kept a value for its backward, and a later line wrote into that memory.

    Only values that the formula of a gradient needs are kept: `y = x * 2; y += 1` is fine, with `x.exp()` it is not.
    Source: https://docs.pytorch.org/docs/stable/notes/autograd.html, "In-place correctness checks".
    """
    saved = find_modified(backward_roots(call), str(call.error), int(match[1]))
    if saved is None:
        return None
    writes = call.history.writes.into(saved.value, since=int(match[2]), until=int(match[1]))
    name = _name_of_value(call, saved.value)
    value = name or "a value"
    why = f"{_saver(saved)} saved {value} for its backward. {_written_by(writes)}"
    return Explanation(why, _remedy(saved.value, writes, name), [(value, saved.value)])


@explains(r"Trying to backward through the graph a second time")
def graph_walked_twice(call: Call, _match: re.Match[str]) -> Explanation | None:
    """The first backward frees the values that a graph has saved, to give their memory back.

    Often a value of one step, such as a hidden state, is carried into the next one with its graph.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html, `retain_graph`.
    """
    roots = backward_roots(call)
    if not roots:
        return None
    name = call.name(roots[0], "the loss")
    again = next((site for root in roots if (site := walked_at(root)) is not None), None)
    if again is not None:
        why = f"A backward has walked the graph of {name} before and freed what it had saved: {again.told()}."
        return Explanation(why, _once_or_retained(again.place), [])
    freed = find_freed(roots)
    if freed is None:
        return None
    made, site = freed
    where = f"into what {made.site.told(made.operation)} computed" if made else "to where explaining() did not look"
    why = f"The graph of {name} reaches back {where}, and a backward has freed what was saved there: {site.told()}."
    return Explanation(why, _CARRIED_OVER, [])


def backward_roots(call: Call) -> list[Tensor]:
    """Return the tensors that a failing backward started from; [] where the call is no backward."""
    if call.operation not in ("backward", "grad"):
        return []
    return tensors_in(call.args[:1], {} if call.args else call.kwargs)


def _saver(saved: Saved) -> str:
    if saved.made is None:
        return f"{saved.node} (made where explaining() did not look)"
    return f"{saved.made.site.told(saved.made.operation)} ({saved.node})"


def _written_by(writes: list[Write]) -> str:
    if not writes:
        return "It was written in place where explaining() did not look: before the `with`, or in another thread."
    lines = list(dict.fromkeys(f"{write.site.told(write.operation)} ({write.operation})" for write in writes))
    if len(lines) > _WRITES_TOLD:
        lines = [lines[0], *lines[1 - _WRITES_TOLD :]]
    return f"Then it was written in place by {', then '.join(lines)}."


def _name_of_value(call: Call, value: Tensor) -> str:
    base = value._base  # noqa: SLF001 - torch has no other door to it
    of_base = call.names.of(base) if base is not None else ""
    return call.names.sharing(value) or (f"{of_base}{_A_VIEW}" if of_base else "")


def _remedy(value: Tensor, writes: list[Write], name: str) -> str:
    owner = value if value._base is None else value._base  # noqa: SLF001
    if owner.is_leaf and owner.requires_grad:
        return (
            "walk back through all that needs the old values before they change (optimizer.step() comes last), and "
            ".detach() what is carried over from an earlier step."
        )
    if any(_has_inplace_switch(write.operation) for write in writes):
        return "say inplace=False there."
    if name.endswith(_A_VIEW):
        base = name.removesuffix(_A_VIEW)
        return f"write into a new tensor instead of {base}, or use a clone() of its part where the value was saved."
    clone = f"{name}.clone()" if name else "a clone()"
    return f"write into a new tensor instead: the operation that returns one, or {clone}."


def _has_inplace_switch(operation: str) -> bool:
    function = getattr(functional, operation, None)
    try:
        return function is not None and "inplace" in signature(function).parameters
    except (TypeError, ValueError):  # built in: it has no signature, and no switch
        return False


def _once_or_retained(place: str) -> str:
    return f"walk back once, from the sum of all losses; or give the backward at {place} retain_graph=True."


_CARRIED_OVER = (
    "if that part belongs to an earlier step, .detach() what is carried over from it. Otherwise walk back once, from "
    "the sum of the losses, or give the first backward retain_graph=True."
)
