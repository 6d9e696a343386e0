"""What is decided by a metric: early stopping, and which is the best."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import retorch
from retorch.errors import UsageError
from retorch.loop._monitors import Tracker, pick


def stops_at(values, metric="loss", **options):
    """Return after how many validations it stops, None if never."""
    stopping = retorch.EarlyStopping(metric, **options)
    for step, value in enumerate(values, 1):
        if stopping.judge({metric: value}, step) is not None:
            return step
    return None


@pytest.mark.parametrize(
    ("values", "patience", "after"),
    [
        ([3, 2, 1, 1, 1], 2, 5),
        ([3, 2, 2.5, 1.9, 2, 2], 2, 6),
        ([1, 2], 1, 2),
        ([1, 1], 1, 2),
        ([3, 2, 1], 1, None),
        ([math.nan, math.nan, math.nan], 3, 3),
        ([math.nan, 5, math.nan, 4, 6], 2, None),
        ([math.inf, 5, -math.inf, 0], 1, 4),
    ],
)
def test_patience_counts_validations_without_improvement(values, patience, after):
    assert stops_at(values, patience=patience) == after


def test_more_may_be_better():
    assert stops_at([0.1, 0.2, 0.2, 0.3, 0.1, 0.1], "accuracy", mode="max", patience=2) == 6


def test_an_improvement_is_more_than_min_delta():
    assert stops_at([1.0, 0.95, 0.92], patience=2, min_delta=0.1) == 3
    assert stops_at([1.0, 0.89, 0.78], patience=1, min_delta=0.1) is None
    assert stops_at([0.5, 0.55, 0.61], "f1", mode="max", patience=1, min_delta=0.1) == 2


def test_the_reason_says_the_best_and_its_step():
    stopping = retorch.EarlyStopping(patience=1)
    stopping.judge({"loss": 0.123456789}, 40)
    assert stopping.judge({"loss": 2.0}, 80) == (
        "stopped early: no better loss in 1 validations (best 0.123457 at step 40)"
    )
    hopeless = retorch.EarlyStopping(patience=1)
    assert hopeless.judge({"loss": math.nan}, 40).endswith("(never a finite value)")


@given(st.lists(st.floats(0, 1), max_size=20), st.lists(st.floats(0, 1), max_size=20), st.integers(1, 4))
def test_it_goes_on_from_its_state(before, after, patience):
    whole = retorch.EarlyStopping(patience=patience)
    first = retorch.EarlyStopping(patience=patience)
    for step, value in enumerate(before):
        assert first.judge({"loss": value}, step) == whole.judge({"loss": value}, step)
    second = retorch.EarlyStopping(patience=patience)
    second.load_state_dict(first.state_dict())
    for step, value in enumerate(after, len(before)):
        assert second.judge({"loss": value}, step) == whole.judge({"loss": value}, step)


@given(st.lists(st.floats(allow_nan=True), min_size=1))
def test_the_best_is_the_first_smallest_number(values):
    tracker = Tracker("loss")
    for step, value in enumerate(values):
        tracker.improved({"loss": value}, step)
    finite = [value for value in values if not math.isnan(value)]
    if not finite:
        assert tracker.best is None
    else:
        assert tracker.best.value == min(finite)
        assert tracker.best.step == values.index(min(finite))


def test_what_best_may_be():
    assert Tracker.of("loss").metric == "loss"
    assert Tracker.of(("accuracy", "max")).metric == "accuracy"
    assert Tracker.of(["accuracy", "max"]).metric == "accuracy"


def test_a_metric_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(UsageError, match="the validation gives no 'acc'; it gives: loss, accuracy"):
        pick({"loss": 1.0, "accuracy": 0.5}, "acc")
    with pytest.raises(UsageError, match="it gives: none: there is no validation set, loss or metric"):
        pick({}, "acc")
