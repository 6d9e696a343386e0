"""Which bytes are taken, by how many names, agrees with counting them one by one."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retorch.pictures import Lane
from retorch.pictures._cover import marks, shares, taken

SIZE = 40


def bytes_of(intervals):
    return {byte for begin, end in intervals for byte in range(begin, end)}


@st.composite
def intervals(draw):
    edges = sorted(draw(st.lists(st.integers(0, SIZE), max_size=12)))
    return tuple(zip(edges[::2], edges[1::2], strict=False))


@given(st.lists(intervals(), max_size=4), st.integers(1, 3))
def test_taken_bytes_are_those_that_so_many_names_hold(several, least):
    lanes = [Lane("x", "", one, 1) for one in several]
    held = [bytes_of(one) for one in several]
    expected = {byte for byte in range(SIZE) if sum(byte in one for one in held) >= least}
    found = taken(lanes, by_at_least=least)
    assert bytes_of(found) == expected
    assert all(end < begin for (_, end), (begin, _) in itertools.pairwise(found))


@given(intervals(), st.floats(0, 10))
def test_marks_are_full_exactly_where_every_byte_is_taken(one, finest):
    held = bytes_of(one)
    found = marks(one, finest=finest)
    assert held <= {byte for mark in found for byte in range(mark.begin, mark.end)}
    assert all(mark.full == (set(range(mark.begin, mark.end)) <= held) for mark in found)
    assert all(right.begin - left.end >= max(finest, 1) for left, right in itertools.pairwise(found))


@given(intervals(), st.lists(st.integers(0, SIZE + 5), min_size=1, max_size=9))
def test_shares_count_the_bytes_between_edges(one, edges):
    edges = sorted(edges)
    held = bytes_of(one)
    expected = [len(held & set(range(left, right))) for left, right in itertools.pairwise(edges)]
    assert shares(one, np.array(edges)).tolist() == expected
