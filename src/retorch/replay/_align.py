"""`align`: walk through two traces side by side, over operations that only one of them did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any, TypeAlias

from retorch.replay._operations import Operation

Pair: TypeAlias = tuple[Operation | None, Operation | None]
"""The same operation in both traces, or one that only one of them did."""

_WINDOWS = (16, 128, 1024, 8192, 10**9)
_LONG_RUN = 16


def align(a: Sequence[Operation], b: Sequence[Operation]) -> Iterator[Pair]:
    """Yield pairs of corresponding operations, and single ones that the other trace does not have.

    Operations correspond where they are called alike. Where that leaves a choice, as with a validation that runs the
    same layers, those that were also given equal values do.
    """
    at_a = at_b = 0
    while at_a < len(a) and at_b < len(b):
        skip_a, skip_b = _skip(a, at_a, b, at_b)
        yield from ((one, None) for one in a[at_a : at_a + skip_a])
        yield from ((None, one) for one in b[at_b : at_b + skip_b])
        at_a, at_b = at_a + skip_a, at_b + skip_b
        if at_a < len(a) and at_b < len(b):
            yield a[at_a], b[at_b]
            at_a, at_b = at_a + 1, at_b + 1
    yield from ((one, None) for one in a[at_a:])
    yield from ((None, one) for one in b[at_b:])


def call_of(operation: Operation) -> Any:
    """Return what makes two operations the same call: name, arguments, shapes and dtypes."""
    return operation.name, operation.arguments, tuple((value.name, value.form.kind) for value in operation.inputs)


def _exactly(operation: Operation) -> Any:
    return call_of(operation), tuple(value.fingerprint for value in operation.inputs), operation.stream


def _skip(a: Sequence[Operation], at_a: int, b: Sequence[Operation], at_b: int) -> tuple[int, int]:
    """Return how many operations of each trace the other one does not have here."""
    if _exactly(a[at_a]) == _exactly(b[at_b]):
        return 0, 0
    inserted = _inserted(a[at_a:], b[at_b:])
    if inserted is not None:
        return inserted
    rest_a, rest_b = a[at_a:], b[at_b:]
    exactly = _replaced(rest_a, rest_b, _exactly)
    if exactly is not None and _run(rest_a, exactly[0], rest_b, exactly[1]) == _LONG_RUN:
        return exactly
    if call_of(a[at_a]) == call_of(b[at_b]):
        return 0, 0
    return _replaced(rest_a, rest_b, call_of) or (len(rest_a), len(rest_b))


def _inserted(a: Sequence[Operation], b: Sequence[Operation]) -> tuple[int, int] | None:
    """Find the next operation of one trace further on in the other one.

    A single operation may be there again by chance, a later validation for instance: the longer both go on alike, the
    better.
    """
    best, best_run = None, 0
    for window in _WINDOWS:
        in_a, in_b = _find(b[0], a, window), _find(a[0], b, window)
        for skip in ((in_a, 0), (0, in_b)):
            run = _run(a, skip[0], b, skip[1]) if any(skip) else 0
            if run > best_run or (run == best_run and best and sum(skip) < sum(best)):
                best, best_run = skip, run
        if best_run == _LONG_RUN or window >= max(len(a), len(b)):
            break
    return best


def _find(wanted: Operation, operations: Sequence[Operation], window: int) -> int:
    """Return how far on an operation comes; 0 where it does not."""
    key = _exactly(wanted)
    return next((place for place, one in enumerate(operations[:window]) if _exactly(one) == key), 0)


def _run(a: Sequence[Operation], skip_a: int, b: Sequence[Operation], skip_b: int) -> int:
    """Return for how many operations both go on alike, up to `_LONG_RUN`."""
    pairs = zip(a[skip_a : skip_a + _LONG_RUN], b[skip_b : skip_b + _LONG_RUN], strict=False)
    return sum(1 for _ in takewhile(lambda pair: _exactly(pair[0]) == _exactly(pair[1]), pairs))


def _replaced(a: Sequence[Operation], b: Sequence[Operation], key: Any) -> tuple[int, int] | None:
    """Find the nearest place behind which both go on alike."""
    for window in _WINDOWS:
        places: dict[Any, int] = {}
        for place, one in enumerate(a[:window]):
            places.setdefault(key(one), place)
        found = [(places[known], place) for place, one in enumerate(b[:window]) if (known := key(one)) in places]
        if found:
            return min(found, key=sum)
        if window >= max(len(a), len(b)):
            break
    return None
