"""A scale has numbers that a reader expects, as many as fit, and its two ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retorch.pictures._ticks import byte_ticks, element_step


@given(st.integers(0, 2**45), st.sampled_from([1, 2, 4, 8, 16, 3]), st.integers(1, 200))
def test_marks_fit_rise_and_have_both_ends(span, unit, room):
    ticks = byte_ticks(span, unit=unit, room=room)
    places = [tick.byte for tick in ticks]
    assert (places[0], places[-1]) == (0, span)
    assert places == sorted(set(places))
    assert len(places) <= 2 or sum(len(tick.label) for tick in ticks) < room


@given(st.integers(1, 10**6), st.integers(1, 300))
def test_numbers_of_elements_fit(count, room):
    step = element_step(count, room=room)
    shown = range(0, count, step)
    assert len(shown) == 1 or sum(len(str(element)) + 1 for element in shown) <= room
    assert str(step).strip("0") in {"1", "2", "5"}


def test_distances_are_powers_of_two_in_units_of_memory():
    labels = [tick.label for tick in byte_ticks(2**20, unit=4, room=70)]
    assert labels == ["0", "256 KiB", "512 KiB", "768 KiB", "1,024 KiB"]


def test_an_odd_end_is_said_in_bytes():
    assert byte_ticks(5_000_000, unit=4, room=60)[-1].label == "5,000,000"
