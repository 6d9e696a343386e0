"""The rows of a comparison: each pair of calls measured, and the first of them that departs looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from retorch.comparison.models._facts import Departure, Row
from retorch.comparison.models._matching import Pair
from retorch.comparison.models._measuring import Tolerance, Verdict, compare_values
from retorch.comparison.models._outputs import Call


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A pair with what was found about its outputs and inputs."""

    pair: Pair
    outputs: Verdict
    inputs: Verdict | None


def judge(pairs: Sequence[Pair], tolerance: Tolerance) -> list[Judged]:
    """Compare the outputs and inputs of each pair; leave out pairs that are shown to be none.

    A pair that gives no tensor on both sides is left out too.
    """
    judged = [_judge(pair, tolerance) for pair in pairs if pair.a.outputs or pair.b.outputs]
    return [one for one in judged if one.outputs.agree or one.pair.is_sure or not _is_refuted(one, judged)]


def _judge(pair: Pair, tolerance: Tolerance) -> Judged:
    outputs = compare_values(pair.a.outputs, pair.b.outputs, tolerance)
    if outputs is None:
        shapes = f"shapes {_shapes(pair.a)} and {_shapes(pair.b)}"
        outputs = Verdict(agree=False, size=None, hint=shapes)
    known = pair.a.inputs and pair.b.inputs
    inputs = compare_values(pair.a.inputs or (), pair.b.inputs or (), tolerance) if known else None
    return Judged(pair, outputs, inputs)


def _shapes(call: Call) -> str:
    return ", ".join(str(list(shape)) for shape in call.shapes) or "none"


def _is_refuted(one: Judged, judged: Sequence[Judged]) -> bool:
    """Say whether what A made of it reached B by another way.

    Some later call of A takes this output, and its counterpart in B takes the same values; or a call round it gives
    this output, and so does its counterpart. Then B computes it elsewhere, in functional code or in another module.
    """
    if len(one.pair.a.outputs) != 1:
        return False
    output, call = one.pair.a.outputs[0].tensor, one.pair.a
    for other in judged:
        later, round_it = other.pair.a.begin > call.end, other.pair.a.begin < call.begin and other.pair.a.end > call.end
        if later and other.inputs is not None and other.inputs.agree and _holds(other.pair.a.inputs, output):
            return True
        if round_it and other.outputs.agree and _holds(other.pair.a.outputs, output):
            return True
    return False


def _holds(values: Sequence[object] | None, tensor: object) -> bool:
    return any(getattr(value, "tensor", None) is tensor for value in values or ())


def rows_of(judged: Sequence[Judged]) -> list[Row]:
    """Return the rows in order, those behind the first departure marked."""
    rows, departed = [], False
    for one in judged:
        row = replace(_row(one), after=departed)
        departed = departed or not row.agree
        rows.append(row)
    return rows


def _row(one: Judged) -> Row:
    a, b = one.pair.a, one.pair.b
    return Row(
        a=a.title, b=b.title, kind_a=a.kind, kind_b=b.kind, matched_by=one.pair.by, shapes_a=a.shapes,
        shapes_b=b.shapes, agree=one.outputs.agree, size=one.outputs.size, relative=one.outputs.relative,
        inputs_agree=None if one.inputs is None else one.inputs.agree, after=False, hint=one.outputs.hint,
        line_a=a.line, line_b=b.line,
    )  # fmt: skip


def first_departure(
    judged: Sequence[Judged], rows: Sequence[Row], ours: Sequence[Call], theirs: Sequence[Call]
) -> tuple[Departure, Judged] | None:
    """Return where the models part, and the pair that shows it; None where every row agrees."""
    place = next((place for place, one in enumerate(judged) if not one.outputs.agree), None)
    if place is None:
        return None
    one = judged[place]
    inside = None if one.inputs is None else one.inputs.agree
    behind = _behind(judged[:place], one, inside=inside)
    starts = (one.pair.a.begin, one.pair.b.begin) if inside else (0, 0)
    since_a, since_b = (behind.pair.a.end, behind.pair.b.end) if behind else starts
    paired_a, paired_b = {id(other.pair.a) for other in judged}, {id(other.pair.b) for other in judged}
    departure = Departure(
        row=rows[place],
        inside=inside,
        behind=(behind.pair.a.title, behind.pair.b.title) if behind else None,
        between_a=_between(ours, paired_a, since_a, one.pair.a),
        between_b=_between(theirs, paired_b, since_b, one.pair.b),
    )
    return departure, one


def _behind(before: Sequence[Judged], one: Judged, *, inside: bool | None) -> Judged | None:
    """Return the last pair before it; where it departs inside itself, the last one within it."""
    start = one.pair.a.begin
    fitting = [other for other in before if (other.pair.a.begin > start) == (inside is True)]
    return fitting[-1] if fitting else None


def _between(calls: Sequence[Call], paired: set[int], since: int, upto: Call) -> tuple[str, ...]:
    """Return the calls without a counterpart that compute something, after a moment and before a call ends."""
    return tuple(
        f"{call.title} ({call.kind})"
        for call in calls
        if id(call) not in paired and since < call.end < upto.end and not call.passes_on and call.module is not None
    )
