"""Why a module has no counterpart, as far as can be seen."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from retorch.comparison.models._facts import Unmatched
from retorch.comparison.models._outputs import Call
from retorch.comparison.models._running import Side


def unmatched(side: Side, calls: Sequence[Call], paired: Collection[int], others: Sequence[Call]) -> list[Unmatched]:
    """Return calls without a counterpart in the order in which they end, then modules that were never called."""
    alone = [call for call in calls if id(call) not in paired]
    return [
        *(Unmatched(call.title, call.kind, _why(call, calls, others)) for call in alone),
        *_never_called(side, calls),
    ]


def _why(call: Call, calls: Sequence[Call], others: Sequence[Call]) -> str:
    if call.module is None:
        return _why_saved(call, others)
    if not call.outputs:
        return "gives no tensor"
    if call.passes_on:
        return "gives on what it gets, unchanged"
    inner = _same_output_inside(call, calls)
    if inner is not None:
        return f"only wraps {inner.title}, which gives the same"
    outer = _same_output_round(call, calls)
    if outer is not None:
        return f"{outer.title} round it gives the same"
    if all(shape not in other.shapes for other in others for shape in call.shapes):
        return f"nothing of the other side has the shape {list(call.shapes[0])}"
    return "the other side does this in functional code or inside a larger module"


def _why_saved(call: Call, others: Sequence[Call]) -> str:
    if all(call.shapes[0] != shape for other in others for shape in other.shapes):
        return f"no module gives the shape {list(call.shapes[0])}"
    return "modules of this shape were paired with other saved outputs; give a name map if this is wrong"


def _same_output_round(call: Call, calls: Sequence[Call]) -> Call | None:
    for outer in calls:
        round_it = outer.begin < call.begin and call.end < outer.end and bool(outer.name)
        if round_it and outer.outputs and outer.outputs[0].tensor is call.outputs[0].tensor:
            return outer
    return None


def _same_output_inside(call: Call, calls: Sequence[Call]) -> Call | None:
    for inner in reversed(calls):
        inside = call.begin < inner.begin and inner.end < call.end
        if inside and inner.outputs and inner.outputs[0].tensor is call.outputs[0].tensor:
            return inner
    return None


def _never_called(side: Side, calls: Sequence[Call]) -> Iterator[Unmatched]:
    if side.model is None:
        return
    called = {id(call.module) for call in calls}
    for name, module in side.model.named_modules():
        # A list of modules is never called itself, and neither is what an outer module computes by its own code.
        if id(module) in called or next(module.parameters(recurse=False), None) is None:
            continue
        yield Unmatched(name, type(module).__name__, "never called: not used, or its parent uses its parameters itself")
