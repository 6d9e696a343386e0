"""The facts of a picture are numbers: panels, lines, best points, gaps."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retorch.errors import UsageError
from retorch.pictures import Best, Mark, curves


class Measured(NamedTuple):
    steps: object
    values: object


def measured(values, every=1):
    return Measured(list(range(0, len(values) * every, every)), list(values))


def noise(count):
    return np.random.default_rng(0).random(count)


def line_of(values, name="train.loss"):
    return curves({name: measured(values)}, title="").panels[0].lines[0]


def test_the_phases_of_one_metric_share_a_panel_and_losses_come_first():
    names = ["train.accuracy", "validation.loss", "epoch.loss", "train.loss", "train.lr", "validation.accuracy"]
    picture = curves({name: measured([1.0, 2.0]) for name in names}, title="digits")
    assert [panel.name for panel in picture.panels] == ["loss", "accuracy", "lr"]
    assert [line.role for line in picture.panels[0].lines] == ["training", "training, epoch mean", "validation"]


@pytest.mark.parametrize("name", ["loss", "custom.loss", "train", "train.", ""])
def test_a_name_without_a_known_phase_is_a_panel_of_its_own(name):
    (panel,) = curves({name: measured([1.0])}, title="").panels
    assert (panel.name, panel.lines[0].role) == (name, "other")


def test_a_metric_name_may_hold_dots():
    assert curves({"train.loss.mask": measured([1.0])}, title="").panels[0].name == "loss.mask"


def test_the_best_point_is_of_the_validation_and_goes_the_right_way():
    series = {
        "validation.loss": measured([3.0, 1.0, math.nan, 2.0], every=10),
        "validation.accuracy": measured([0.1, 0.9, math.inf, 0.5], every=10),
        "train.loss": measured([0.5, 0.1]),
    }
    loss, accuracy = curves(series, title="").panels
    assert [line.best for line in loss.lines] == [None, Best(10, 1.0)]
    assert accuracy.lines[0].best == Best(10, 0.9)


def test_the_caller_may_know_better_which_way_is_better():
    (panel,) = curves({"validation.fid": measured([3.0, 1.0])}, title="", lower_is_better=lambda _: True).panels
    assert panel.lines[0].best == Best(1, 1.0)


@pytest.mark.parametrize(
    ("values", "scale"),
    [([100.0, 1.0], "log"), ([2.0, 1.0], "linear"), ([100.0, 0.0], "linear"), ([1.0], "linear"), ([], "linear")],
)
def test_a_positive_loss_over_decades_is_drawn_on_a_log_scale(values, scale):
    assert curves({"train.loss": measured(values)}, title="").panels[0].scale == scale


def test_one_lucky_batch_does_not_make_a_log_scale():
    values = 1 + noise(1000)
    values[500] = 1e-9
    assert curves({"train.loss": measured(values)}, title="").panels[0].scale == "linear"


def test_an_accuracy_is_never_drawn_on_a_log_scale():
    assert curves({"validation.accuracy": measured([0.001, 1.0])}, title="").panels[0].scale == "linear"


def test_what_is_not_finite_is_a_gap_and_is_noted_once_a_stretch():
    line = line_of([1.0, math.nan, math.inf, 2.0, -math.inf])
    assert np.isnan(line.raw.values).tolist() == [False, True, True, False, True]
    assert line.not_finite == (1, 4)
    assert line.count == 5


@pytest.mark.parametrize("values", [[], [math.nan], [math.nan] * 3000])
def test_nothing_to_draw_is_no_error(values):
    line = line_of(values, "validation.loss")
    assert line.best is None
    assert np.isnan(line.raw.values).all()


def test_many_noisy_points_are_smoothed_and_few_or_level_ones_are_not():
    assert line_of(noise(400)).smooth is not None
    assert line_of(noise(20)).smooth is None
    assert line_of(np.linspace(0, 1, 400)).smooth is None


def test_smoothing_has_no_lag_and_does_not_cross_into_gaps():
    trend = np.linspace(10, 0, 1000)
    values = trend + 0.2 * (noise(1000) - 0.5)
    values[300:310] = math.nan
    smooth = line_of(values).smooth
    assert np.isnan(smooth.values[300:310]).all()
    middle = np.r_[30:300, 310:970]
    assert np.abs(smooth.values[middle] - trend[middle]).max() < 0.1


@pytest.mark.parametrize("count", [1000, 50_000])
def test_a_huge_value_spoils_the_smoothed_line_only_round_itself(count):
    values = noise(count)
    values[count // 2] = 1e40
    smooth = line_of(values).smooth
    away = np.abs(smooth.steps - count / 2) > count * 0.03
    assert np.abs(smooth.values[away] - 0.5).max() < 0.3


def test_a_long_line_is_smoothed_like_its_trend():
    trend = np.exp(-np.arange(300_000) / 1e5)
    smooth = line_of(trend + 0.5 * (noise(300_000) - 0.5)).smooth
    assert len(smooth.steps) == 2000
    assert np.abs(smooth.values - np.exp(-smooth.steps / 1e5)).max() < 0.03


def test_a_million_points_are_thinned_and_no_spike_is_lost():
    values = noise(1_000_000)
    values[123_456], values[654_321] = 50.0, -50.0
    line = line_of(values)
    assert len(line.raw.values) <= 2002
    assert (line.raw.values.max(), line.raw.values.min()) == (50.0, -50.0)
    assert (line.raw.steps[0], line.raw.steps[-1]) == (0, 999_999)
    assert line.count == 1_000_000


@given(st.lists(st.floats(-1e99, 1e99) | st.just(math.nan), min_size=1, max_size=40), st.integers(1, 200))
def test_thinning_keeps_the_extremes_and_the_order(values, repeat):
    raw = line_of(np.repeat(values, repeat)).raw
    assert (np.diff(raw.steps) > 0).all()
    finite = [value for value in values if not math.isnan(value)]
    if finite:
        assert (np.nanmin(raw.values), np.nanmax(raw.values)) == (min(finite), max(finite))


def test_a_series_is_copied():
    values = np.array([1.0, 2.0])
    line = curves({"train.loss": Measured(np.arange(2), values)}, title="").panels[0].lines[0]
    values[:] = 0
    assert line.raw.values.tolist() == [1.0, 2.0]


def test_steps_and_values_of_different_lengths_are_refused():
    with pytest.raises(UsageError, match=r"series 'train.loss' has 2 steps and 1 values; each value needs its step"):
        curves({"train.loss": Measured([0, 1], [1.0])}, title="")


def test_what_does_not_fit_is_named_and_not_dropped_in_silence():
    picture = curves({f"train.m{i}": measured([1.0]) for i in range(14)}, title="", marks=[Mark(1, "resumed")])
    assert len(picture.panels) == 12
    assert picture.omitted == ("m12", "m13")
    assert picture.marks == (Mark(1, "resumed"),)
