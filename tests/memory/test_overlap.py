"""Overlap is exact: against sets of bytes, against NumPy on real arrays, and against writing and looking."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from retorch.memory._covered import intervals
from retorch.memory._layout import Layout
from retorch.memory._overlap import Union, any_overlap, common_bytes, overlap
from retorch.memory._parts import find_parts
from retorch.memory._runs import reduced_runs

ARENA = 200


@st.composite
def layouts(draw):
    """Any byte strides, also negative, zero, interleaved, and no whole number of elements."""
    rank = draw(st.integers(0, 4))
    shape = draw(st.lists(st.integers(0, 5), min_size=rank, max_size=rank))
    strides = draw(st.lists(st.integers(-24, 24), min_size=rank, max_size=rank))
    itemsize = draw(st.sampled_from([1, 1, 2, 3, 4, 8, 16]))
    return Layout((*shape, itemsize), (*strides, 1), draw(st.integers(0, 120)), 1)


def bytes_of(layout):
    places = [layout.offset]
    for size, stride in zip(layout.shape, layout.strides, strict=True):
        places = [place + index * stride for place in places for index in range(size)]
    return set(places)


def bytes_in(stretches):
    return {place for begin, end in stretches for place in range(begin, end)}


@given(layouts(), layouts())
@settings(max_examples=500)
@example(Layout((3, 2), (4, 1), 0, 1), Layout((3, 2), (4, 1), 2, 1))
def test_overlap_agrees_with_sets_of_bytes(left, right):
    ours, theirs = bytes_of(left), bytes_of(right)
    runs = reduced_runs(left), reduced_runs(right)
    assert overlap(*runs) is bool(ours & theirs)
    assert common_bytes([runs[0]], [runs[1]]) == len(ours & theirs)


@given(layouts())
@settings(max_examples=300)
def test_runs_on_fewer_dimensions_hold_the_same_bytes(layout):
    runs = reduced_runs(layout)
    assert bytes_in(runs) == bytes_of(layout)
    assert all(stride > runs.length for stride in runs.strides)


@given(st.lists(layouts(), max_size=4), st.lists(layouts(), max_size=4))
def test_several_pieces_together_count_each_byte_once(left, right):
    ours, theirs = (set().union(*map(bytes_of, side)) for side in (left, right))
    runs = [reduced_runs(layout) for layout in left], [reduced_runs(layout) for layout in right]
    assert common_bytes(*runs) == len(ours & theirs)
    assert any_overlap(*runs) is bool(ours & theirs)


@given(st.lists(layouts(), max_size=3), st.integers(1, 6))
def test_intervals_are_the_bytes_or_say_that_they_are_not(pieces, most):
    every = set().union(*map(bytes_of, pieces))
    runs = [reduced_runs(layout) for layout in pieces]
    stretches, exact = intervals(runs, most)
    assert len(stretches) <= most
    assert bytes_in(stretches) >= every
    assert not exact or bytes_in(stretches) == every
    assert all(left[1] < right[0] for left, right in pairwise(stretches))
    assert intervals(runs, 10_000)[1]


@given(st.lists(layouts(), min_size=120, max_size=130), layouts())
@settings(max_examples=15)
def test_a_union_of_many_answers_as_each_of_them_would(pieces, one):
    runs = [reduced_runs(layout) for layout in pieces]
    assert Union(runs).meets(reduced_runs(one)) == bool(set().union(*map(bytes_of, pieces)) & bytes_of(one))


@st.composite
def views(draw):
    """A real view of an array of bytes: sliced forwards and backwards, cut, turned, read as another dtype."""
    view = np.zeros(ARENA, np.uint8)
    base = view
    size = draw(st.sampled_from([1, 2, 4, 8]))
    begin = draw(st.integers(0, 40))
    view = view[begin : begin + 120].view(f"V{size}" if draw(st.booleans()) else f"u{size}")
    rows = draw(st.sampled_from([1, 2, 3, 5]))
    view = view[: len(view) // rows * rows].reshape(rows, -1)
    steps = st.integers(-4, 4).filter(bool)
    view = view[:: draw(steps), draw(st.integers(0, 6)) :: draw(steps)]
    return base, view.T if draw(st.booleans()) else view


def runs_within(base, view):
    begin = base.__array_interface__["data"][0]
    ((_, span),) = find_parts(view)
    layout = span.layout
    return reduced_runs(Layout(layout.shape, layout.strides, layout.offset - begin, 1))


@given(views(), views())
@settings(max_examples=200)
def test_overlap_agrees_with_numpy_and_with_writing_through_one_and_looking_at_the_other(left, right):
    mine, yours = runs_within(*left), runs_within(*right)
    memory = np.zeros(ARENA, np.uint8)
    onto = [
        np.ndarray(view.shape, view.dtype, memory, address(view) - address(base), view.strides)
        for base, view in (left, right)
    ]
    assert overlap(mine, yours) == np.shares_memory(*onto)
    write_ones(onto[0])
    written = memory.copy()
    memory[:] = 0
    write_ones(onto[1])
    assert overlap(mine, yours) == bool((written & memory).any())
    assert common_bytes([mine], [yours]) == int(np.count_nonzero(written & memory))


def address(array):
    return array.__array_interface__["data"][0]


def write_ones(view):
    view[...] = np.frombuffer(b"\xff" * view.itemsize, view.dtype)[0]


def test_the_columns_of_a_matrix_share_no_element_and_the_rows_meet_them():
    row = reduced_runs(Layout((1000, 4), (4, 1), 4000, 1))
    first, second = (reduced_runs(Layout((1000, 4), (4000, 1), column * 4, 1)) for column in (0, 1))
    assert (overlap(first, second), overlap(first, row), overlap(second, row)) == (False, True, True)
    assert common_bytes([first], [row]) == 4


def test_windows_that_run_over_one_another_are_one_stretch():
    windows = Layout((96, 5, 4), (4, 4, 1), 0, 1)
    assert reduced_runs(windows).counts == ()
    assert common_bytes([reduced_runs(windows)], [reduced_runs(Layout((1, 400), (0, 1), 0, 1))]) == 400


def test_sizes_that_no_computer_holds_are_no_problem_where_the_strides_are_nested():
    huge = reduced_runs(Layout((2**30, 4), (2**20, 1), 0, 1))
    assert overlap(huge, huge) is True
    assert common_bytes([huge], [reduced_runs(Layout((2**51,), (1,), 0, 1))]) == 2**32
    assert overlap(huge, reduced_runs(Layout((2**30, 4), (2**20, 1), 4, 1))) is False


def test_what_is_too_hard_is_not_guessed():
    generator = np.random.default_rng(4)
    shape = generator.integers(3, 6, 12).tolist()
    left, right = (
        reduced_runs(Layout((*shape, 1), (*(generator.integers(10**6, 10**8, 12) * 6).tolist(), 1), begin, 1))
        for begin in (0, 12_345_678)
    )
    assert overlap(left, right) is None
    assert common_bytes([left], [right]) is None
    assert any_overlap([left], [right]) is None


def test_numbers_beyond_64_bits_are_too_hard_and_no_crash():
    shape, strides = (2**31, 2**31, 2**31), (3, 2**31, 2**32 + 1)
    left, right = (reduced_runs(Layout((*shape, 1), (*strides, 1), begin, 1)) for begin in (0, 1))
    assert overlap(left, right) is None


@pytest.mark.long
def test_a_hundred_thousand_random_cases_have_no_wrong_answer():
    generator = np.random.default_rng(0)
    wrong = 0
    for _ in range(100_000):
        left, right = random_layout(generator), random_layout(generator)
        both = bytes_of(left) & bytes_of(right)
        runs = reduced_runs(left), reduced_runs(right)
        wrong += overlap(*runs) is not bool(both) or common_bytes([runs[0]], [runs[1]]) != len(both)
    assert wrong == 0


def random_layout(generator):
    rank = int(generator.integers(0, 5))
    shape = generator.integers(0, 6, rank) if generator.random() < 0.1 else generator.integers(1, 6, rank)
    strides = generator.integers(-24, 25, rank)
    itemsize = int(generator.choice([1, 1, 2, 3, 4, 8, 16]))
    return Layout((*shape.tolist(), itemsize), (*strides.tolist(), 1), int(generator.integers(0, 120)), 1)
