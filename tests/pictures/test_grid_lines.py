"""Places in storage are printed as NumPy prints an array, and cut where they would be too many."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retorch.pictures import Grid, grid_lines


def test_a_transposed_tensor_is_printed_with_its_title():
    assert grid_lines(Grid("x.t()", (4, 3), (1, 4), 0)) == [
        "x.t()",
        "[[ 0  4  8]",
        " [ 1  5  9]",
        " [ 2  6 10]",
        " [ 3  7 11]]",
    ]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_small_tensors_look_as_numpy_prints_their_places(data):
    shape = tuple(data.draw(st.lists(st.integers(1, 5), max_size=4)))
    if math.prod(shape) > 200:
        return
    strides = tuple(data.draw(st.integers(0, 30)) for _ in shape)
    offset = data.draw(st.integers(0, 30))
    places = np.lib.stride_tricks.as_strided(np.arange(1000), shape, [8 * stride for stride in strides]) + offset
    assert grid_lines(Grid("", shape, strides, offset)) == str(places).split("\n")


def test_negative_strides_count_down():
    assert grid_lines(Grid("", (4,), (-1,), 3)) == ["[3 2 1 0]"]


def test_a_scalar_is_its_place():
    assert grid_lines(Grid("x[1, 2]", (), (), 6)) == ["x[1, 2]", "6"]


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 3, 2)])
def test_a_tensor_without_elements_is_said_to_have_none(shape):
    dimension = shape.index(0)
    assert grid_lines(Grid("", shape, (1,) * len(shape), 0)) == [f"[] (no elements: dimension {dimension} has size 0)"]


def test_large_tensors_are_cut_in_every_dimension():
    lines = grid_lines(Grid("", (64, 3, 224, 224), (150528, 50176, 224, 1), 0))
    assert lines[0] == "[[[[      0       1       2       3 ...     220     221     222     223]"
    assert lines[-1].endswith("9633789 9633790 9633791]]]]")
    assert len(lines) < 60
    assert {"   ...", "  ...", " ..."} <= set(lines)


@pytest.mark.parametrize("shape", [(10**6,), (1, 10**6), (3, 50), (2, 2, 60)])
@pytest.mark.parametrize("width", [40, 80, 100])
def test_rows_are_cut_to_the_width(shape, width):
    strides = tuple(math.prod(shape[place + 1 :]) for place in range(len(shape)))
    lines = grid_lines(Grid("", shape, strides, 0), width=width)
    assert max(map(len, lines)) <= width
    assert " ... " in lines[0]


def test_a_hugely_expanded_tensor_is_printed_at_once():
    assert len(grid_lines(Grid("", (10**9, 10**9), (0, 0), 2))) == 7


def test_a_title_cannot_move_the_cursor():
    assert grid_lines(Grid("a\nb", (1,), (1,), 0)) == ["a\\nb", "[0]"]
