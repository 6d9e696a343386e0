"""`Layout` against counting every element one by one."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from retorch.memory import Layout
from retorch.memory._self_overlap import overlaps_itself

SIZES = st.integers(0, 4)


@st.composite
def layouts(draw, smallest=-6):
    """Layouts of any strides whose lowest element lies at place 0 or later."""
    strides = st.integers(smallest, 9)
    shape = tuple(draw(st.lists(SIZES, max_size=4)))
    steps = tuple(draw(strides) for _ in shape)
    back = sum((size - 1) * step for size, step in zip(shape, steps, strict=True) if step < 0 and size)
    return Layout(shape, steps, draw(st.integers(0, 3)) - back, draw(st.sampled_from([1, 2, 4, 8])))


def places(layout):
    """The place of each element, in elements, by enumeration."""
    return [
        layout.offset + sum(index * stride for index, stride in zip(indices, layout.strides, strict=True))
        for indices in itertools.product(*map(range, layout.shape))
    ]


def covered(layout):
    return {byte for place in places(layout) for byte in range(place * layout.itemsize, (place + 1) * layout.itemsize)}


@given(layouts())
def test_counts_are_those_of_an_enumeration(layout):
    assert layout.numel == len(places(layout))
    assert layout.bytes_seen == len(places(layout)) * layout.itemsize


@given(layouts())
def test_the_extent_is_the_smallest_stretch_that_holds_every_element(layout):
    bytes_seen = covered(layout)
    assert layout.extent() == ((min(bytes_seen), max(bytes_seen) + 1) if bytes_seen else (0, 0))


@given(layouts())
def test_runs_cover_exactly_the_bytes_of_the_elements(layout):
    runs = list(layout.runs())
    assert {byte for begin, end in runs for byte in range(begin, end)} == covered(layout)
    assert all(end - begin == layout.runs().length for begin, end in runs)
    assert len(runs) == len(layout.runs()) == len(layout.runs().starts())


@given(layouts(), st.data())
def test_runs_of_nested_strides_come_in_order_and_once(layout, data):
    steps, reach = [], 1
    for size in reversed(layout.shape):
        step = reach + data.draw(st.integers(0, 3))
        steps.append(step)
        reach = step * max(size, 1)
    nested = Layout(layout.shape, tuple(reversed(steps)), 0, layout.itemsize)
    runs = list(nested.runs())
    assert runs == sorted(set(runs))


@given(layouts(smallest=0))
def test_contiguity_is_torchs_own(layout):
    x = torch.empty(4096, dtype=torch.uint8).as_strided(layout.shape, layout.strides, layout.offset)
    assert layout.is_contiguous == x.is_contiguous()
    assert (layout.breaks_at() is None) == x.is_contiguous()


@given(layouts())
def test_contiguity_of_negative_strides_is_numpys_own(layout):
    array = np.lib.stride_tricks.as_strided(np.zeros(64, np.uint8)[32:], layout.shape, layout.strides)
    assert layout.is_contiguous == array.flags.c_contiguous


@given(layouts())
@settings(max_examples=300)
def test_an_overlap_is_two_indices_at_one_place(layout):
    assert overlaps_itself(layout) == (len(set(places(layout))) < len(places(layout)))


@given(st.lists(st.tuples(st.integers(2, 9), st.integers(1, 200)), min_size=1, max_size=5))
@settings(max_examples=300)
def test_an_overlap_among_wide_strides_is_found_too(dimensions):
    shape, strides = zip(*dimensions, strict=True)
    starts = np.zeros(1, np.int64)
    for size, stride in dimensions:
        starts = (starts[:, None] + np.arange(size) * stride).ravel()
    assert overlaps_itself(Layout(shape, strides, 0, 1)) == (len(np.unique(starts)) < len(starts))


@pytest.mark.parametrize(
    ("shape", "strides", "overlaps"),
    [
        ((), (), False),
        ((0, 5), (0, 0), False),
        ((1, 1), (0, 0), False),
        ((10**9, 10**9), (10**9, 1), False),
        ((10**9, 10**9), (10**9 - 1, 1), True),
        ((10**6, 10**6), (10**6 + 1, 10**6), False),
        ((10**6 + 1, 10**6 + 2), (10**6 + 1, 10**6), True),
        ((62, 62, 3, 3), (64, 1, 64, 1), True),  # the windows of a convolution
        ((2, 3, 2), (-6, -2, -1), False),  # a flipped block
    ],
)
def test_an_overlap_is_decided_without_touching_each_element(shape, strides, overlaps):
    assert overlaps_itself(Layout(shape, strides, 0, 1)) is overlaps


def test_an_overlap_that_takes_too_long_to_find_out_is_called_unknown():
    # Fifteen strides without any order: the equation behind it is an NP-hard one.
    strides = tuple(3**20 + 7919 * each**5 + each for each in range(1, 31))
    assert overlaps_itself(Layout((2,) * 30, strides, 0, 1)) is None
