"""`compare_models`: two models on one batch, call by call, and the first module whose output departs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, Literal

import torch
from torch import Tensor, nn

from retorch.comparison.models._experiments import findings
from retorch.comparison.models._facts import Carried, Departure, GradientRow, ModelComparison
from retorch.comparison.models._matching import Names, Pair, match
from retorch.comparison.models._measuring import Tolerance, compare_tensors
from retorch.comparison.models._outputs import Values, named_tensors, plain_copy
from retorch.comparison.models._reasons import unmatched
from retorch.comparison.models._rows import Judged, first_departure, judge, rows_of
from retorch.comparison.models._running import Manner, Side, Trace, run
from retorch.comparison.models._weights import Belonging, State, agree, as_a, belonging, carried, joined_a
from retorch.errors import UsageError

Source = Literal["a", "b"]
Outputs = Mapping[str, Any]

_HIGHEST_SEED = 2**32


def compare_models(
    model_a: nn.Module | Outputs,
    model_b: nn.Module | Outputs,
    batch: Any = None,
    *,
    weights: Source | None = None,
    names: Mapping[str, str] | None = None,
    ulp: int = 0,
    rtol: float = 0.0,
    atol: float = 0.0,
    train: bool = False,
    backward: bool = False,
    loss: Callable[[Any], Tensor] | None = None,
    seed: int = 0,
) -> ModelComparison:
    """Run two models on one batch, match their modules, and find the first whose output departs.

    Nothing of the models is changed: modes, buffers, weights, gradients and random streams are afterwards what they
    were. Copies of all outputs are held on the CPU meanwhile, those with the same bits in both models once.

    Args:
        model_a: a model, or saved outputs by the names of modules: tensors in a mapping, in the order in which they
            were computed.
        model_b: likewise.
        batch: a tensor; a tuple or list with the arguments of forward; or a mapping, given as keywords where forward
            has all of its names and else in its order. It is moved to each model's device and dtype.
        weights: "a" or "b" gives both models the weights of that one while they are compared; None leaves each its own.
        names: names of A to names of B, of modules, parameters and buffers. A name stands for all below it too.
        ulp: outputs that are at most so many units in the last place apart agree. 0 asks for the same bits; NaN at
            the same place agrees always.
        rtol: outputs that `torch.allclose` calls close with this and `atol` agree too. Of numbers that cancel to nearly
            nothing a tiny difference is many ulp.
        atol: see `rtol`.
        train: run in train mode instead of eval mode.
        backward: compare the gradients of the parameters too.
        loss: makes a scalar of a model's output, for the backward; None takes the sum of all outputs.
        seed: of the global random streams in each run, in [0, 2**32).

    Returns:
        The comparison; `print` shows it.

    Raises:
        UsageError: an argument cannot work, a name of the map is in no model, or a model fails on the batch.

    >>> ours = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 2))
    >>> theirs = nn.Sequential(nn.Linear(4, 8), nn.GELU(approximate="tanh"), nn.Linear(8, 2))
    >>> found = compare_models(ours, theirs, torch.linspace(-2, 2, 12).view(3, 4), weights="a")
    >>> found.agree, found.first.row.a, found.first.inside
    (False, '1', True)
    """
    if backward is False and loss is not None:
        raise UsageError("loss= is for the backward; give backward=True with it")
    sides = _side("A", model_a), _side("B", model_b)
    manner = Manner(train=train, backward=backward, loss=loss, seed=seed)
    return compare_sides(*sides, batch, manner, weights=weights, names=Names(names), tolerance=checked(ulp, rtol, atol))


def _side(title: str, thing: Any) -> Side:
    if isinstance(thing, nn.Module):
        return Side(title, model=thing)
    if isinstance(thing, Mapping) and next(named_tensors(thing), None) is not None:
        return Side(title, saved=thing)
    raise UsageError(
        f"{title} is a {type(thing).__name__}; give a torch.nn.Module, or a mapping of names to the saved outputs"
    )


def compare_sides(
    a: Side, b: Side, batch: Any, manner: Manner, *, weights: Source | None, names: Names, tolerance: Tolerance
) -> ModelComparison:
    """Compare two sides, as `compare_models` says."""
    _check(a, b, batch, manner, weights)
    _check_names(names, a, b)
    values = Values()
    with torch.no_grad():
        ours, theirs = run(a, batch, manner, values), run(b, batch, manner, values)
        pairs = match(ours.calls, theirs.calls, names)
        held = belonging(a.state, b.state, pairs, names)
        with _weights_of(weights, held, a, b):
            if weights == "a":
                theirs = run(b, batch, manner, values)
            elif weights == "b":
                ours = run(a, batch, manner, values)
            if weights is not None:
                pairs = match(ours.calls, theirs.calls, names)
            return _compared((a, b), (ours, theirs), (pairs, held), manner, tolerance, weights=weights)


def checked(ulp: Any, rtol: Any, atol: Any) -> Tolerance:
    """Return a tolerance.

    Raises:
        UsageError: it is none.
    """
    if isinstance(ulp, bool) or not isinstance(ulp, int) or ulp < 0:
        raise UsageError(f"ulp={ulp!r} was asked; give a whole number, 0 for the same bits")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
            raise UsageError(f"{name}={value!r} was asked; give a number, 0 for none")
    return Tolerance(ulp, float(rtol), float(atol))


def _check(a: Side, b: Side, batch: Any, manner: Manner, weights: Any) -> None:
    if weights not in {None, "a", "b"}:
        raise UsageError(f"weights={weights!r} was asked; give 'a' or 'b' to copy that model's, or None")
    if weights is not None and (a.model is None or b.model is None):
        raise UsageError("weights can be copied between two models only; the other side is saved outputs")
    if not 0 <= manner.seed < _HIGHEST_SEED:
        raise UsageError(f"seed={manner.seed} was asked; give one from 0 to {_HIGHEST_SEED - 1}")
    if manner.backward and (a.model is None or b.model is None):
        raise UsageError("gradients can be compared between two models only; the other side is saved outputs")
    if a.model is None and b.model is None:
        return
    if batch is None:
        raise UsageError("there is no batch; give the input for the models")
    tensors = [tensor for _, tensor in named_tensors(batch)]
    if not tensors or not any(tensor.numel() for tensor in tensors):
        raise UsageError("the batch is empty: it holds no element of any tensor; give at least one sample")


def _check_names(names: Names, a: Side, b: Side) -> None:
    known_a, known_b = _all_names(a), _all_names(b)
    for title, unknown, known in zip(("A", "B"), names.unknown(known_a, known_b), (known_a, known_b), strict=True):
        if unknown:
            close = get_close_matches(unknown[0], known, n=1)
            mean = f"; did you mean {close[0]!r}?" if close else ""
            raise UsageError(
                f"the name map has {unknown[0]!r}, and {title} has no module, parameter or buffer of this name{mean} "
                f"(names of A stand left, those of B right)"
            )


def _all_names(side: Side) -> list[str]:
    if side.model is not None:
        return [*(name for name, _ in side.model.named_modules() if name), *side.state]
    return [name for name, _ in named_tensors(side.saved)]


@contextmanager
def _weights_of(weights: Source | None, held: Sequence[Belonging], a: Side, b: Side) -> Iterator[None]:
    with nullcontext() if weights is None else carried(held, a.state, b.state, weights):
        yield


def _compared(
    sides: tuple[Side, Side],
    traces: tuple[Trace, Trace],
    matched: tuple[Sequence[Pair], Sequence[Belonging]],
    manner: Manner,
    tolerance: Tolerance,
    *,
    weights: Source | None,
) -> ModelComparison:
    (a, b), (ours, theirs), (pairs, held) = sides, traces, matched
    judged = judge(pairs, tolerance)
    if not judged:
        raise UsageError("no output of A could be matched with one of B; give a name map of A's names to B's")
    rows = rows_of(judged)
    paired = {id(call) for one in judged for call in (one.pair.a, one.pair.b)}
    found = _carried(held, a.state, b.state)
    left_a, left_b = _left(held, a.state, b.state)
    return ModelComparison(
        a=a.title, b=b.title, ulp=tolerance.ulp, rtol=tolerance.rtol, atol=tolerance.atol, rows=tuple(rows),
        first=_first(sides, first_departure(judged, rows, ours.calls, theirs.calls), found, manner, tolerance),
        unmatched_a=tuple(unmatched(a, ours.calls, paired, theirs.calls)),
        unmatched_b=tuple(unmatched(b, theirs.calls, paired, ours.calls)),
        carried=tuple(found), left_a=left_a, left_b=left_b,
        gradients=tuple(_gradients(held, ours.gradients, theirs.gradients, tolerance)),
        notes=(*dict.fromkeys((*ours.notes, *theirs.notes)), *_notes(found, judged, weights)),
    )  # fmt: skip


def _first(
    sides: tuple[Side, Side],
    found: tuple[Departure, Judged] | None,
    held: Sequence[Carried],
    manner: Manner,
    tolerance: Tolerance,
) -> Departure | None:
    if found is None:
        return None
    departure, one = found
    if not departure.inside:
        return departure
    said = findings(sides, one.pair, one.outputs, manner, tolerance)
    return replace(departure, findings=(*_other_weights(one.pair, held), *said))


def _other_weights(pair: Pair, held: Sequence[Carried]) -> Iterator[str]:
    """Say which weights of the module itself differ: then its outputs must."""
    start = f"{pair.a.name}." if pair.a.name else ""
    unlike = ["+".join(one.a) for one in held if not one.agree and one.a[0].startswith(start)]
    if unlike:
        yield f"it holds other weights in A than in B: {', '.join(unlike[:4])}"


def _carried(held: Sequence[Belonging], a: State, b: State) -> list[Carried]:
    return [Carried(one.a, one.b, one.how, agree(one, a, b)) for one in held]


def _left(held: Sequence[Belonging], a: State, b: State) -> tuple[tuple[str, ...], tuple[str, ...]]:
    taken_a, taken_b = {name for one in held for name in one.a}, {name for one in held for name in one.b}
    return tuple(name for name in a if name not in taken_a), tuple(name for name in b if name not in taken_b)


def _gradients(held: Sequence[Belonging], a: State, b: State, tolerance: Tolerance) -> Iterator[GradientRow]:
    """Compare the gradients of what belongs together, the last layers first, as a backward meets them."""
    for one in reversed(held):
        there_a, there_b = all(name in a for name in one.a), all(name in b for name in one.b)
        if there_a and there_b:
            verdict = compare_tensors(plain_copy(joined_a(one, a)), plain_copy(as_a(one, b)), tolerance)
            yield GradientRow(one.a, one.b, verdict.agree, verdict.size, verdict.hint)
        elif there_a or there_b:
            yield GradientRow(one.a, one.b, agree=False, size=None, hint=f"only {'A' if there_a else 'B'} has one")


def _notes(found: Sequence[Carried], judged: Sequence[Judged], weights: Source | None) -> Iterator[str]:
    unlike = [one for one in found if not one.agree]
    if unlike:
        names = ", ".join("+".join(one.a) for one in unlike[:3])
        more = f" and {len(unlike) - 3} more" if len(unlike) > 3 else ""
        advice = (
            "a copy cannot be exact in another dtype"
            if weights
            else "copy those of one into the other to compare the code alone"
        )
        yield f"the models hold different weights: {names}{more}; {advice}"
    if any(one.pair.by == "shape" for one in judged):
        yield "some saved outputs were matched by shape and order alone; give a name map where that is wrong"
