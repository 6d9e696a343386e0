"""Memory drawn for a terminal: every column is true, no line is too long, nothing moves the cursor."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_reading import intervals_of, places_of

from retorch.pictures import Lane, Strip, memory_lines
from retorch.pictures._words import columns

X = Lane("x", "float32 [12]", ((0, 48),), 4)
Y = Lane("y", "float32 [3], strides [4]", ((0, 4), (16, 20), (32, 36)), 4)


def test_a_strip_is_drawn_with_its_names_its_scale_and_its_overlap():
    assert memory_lines([Strip("storage of 48 bytes on cpu", 48, (X, Y))]) == [
        "storage of 48 bytes on cpu",
        "         0     8     16    24    32    40  48",
        "x        ████████████████████████████████████   float32 [12]",
        "y        ███·········███·········███·········   float32 [3], strides [4]",
        "overlap  ^^^         ^^^         ^^^            12 bytes in several names",
    ]


def test_ascii_has_no_other_characters():
    lines = memory_lines([Strip("storage", 4800, (X, Y, Lane("n" * 99, "", ((4, 4004),), 4)))], ascii=True)
    assert all(line.isascii() for line in lines)


def test_disjoint_names_do_not_overlap():
    rows = (Lane("x[0]", "", ((0, 16),), 4), Lane("x[2]", "", ((32, 48),), 4))
    lines = memory_lines([Strip("storage", 48, rows)], ascii=True)
    assert lines[2:] == ["x[0]  " + "#" * 16 + "." * 32, "x[2]  " + "." * 32 + "#" * 16]


def test_a_column_that_is_partly_taken_is_grey():
    column = Lane("column", "", tuple((i, i + 4) for i in range(0, 4096, 16)), 4)
    _, _, line = memory_lines([Strip("storage", 4096, (column,))])
    assert set(line.split()[1]) == {"▒"}


def test_notes_move_below_the_bars_where_they_leave_no_room():
    lines = memory_lines([Strip("storage", 48, (Lane("x", "n" * 60, ((0, 48),), 4),))], width=60, ascii=True)
    assert lines[2:] == ["x  " + "#" * 48, "   " + "n" * 27 + "..." + "n" * 27]


def test_a_tensor_beyond_the_end_of_its_memory_is_drawn():
    lines = memory_lines([Strip("storage of 0 bytes", 0, (Lane("x", "", ((0, 16),), 4),))], ascii=True)
    assert lines[-1] == "x  ################"


def test_names_without_elements_and_strips_without_names_are_drawn():
    assert memory_lines([]) == []
    assert memory_lines([Strip("nothing", 0, ())]) == ["nothing"]
    assert memory_lines([Strip("nothing", 0, (Lane("x", "float32 [0]", (), 4),))]) == [
        "nothing",
        "x     float32 [0], no elements",
    ]


def test_fifty_names_are_drawn_and_the_others_counted():
    lanes = tuple(Lane(f"name {i}", "", ((i, i + 1),), 1) for i in range(1000))
    lines = memory_lines([Strip("storage", 1000, lanes)])
    assert sum(line.startswith("name ") for line in lines) == 50
    assert lines[-1] == "and 950 more"


def test_strips_are_drawn_one_below_the_other():
    strips = [Strip(f"storage {i}", 4, (Lane(f"x{i}", "", ((0, 4),), 4),)) for i in range(60)]
    lines = memory_lines(strips, ascii=True)
    assert lines[:5] == ["storage 0", "    0  4", "x0  ####", "", "storage 1"]
    assert lines[-1] == "and 10 more stretches of memory with 10 names"


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31mred", "\ud800", "損失", "\u202eright to left", "\t"])
def test_a_name_cannot_move_the_cursor(name):
    lines = memory_lines([Strip(name, 8, (Lane(name, name, ((0, 8),), 4),))])
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)
    "\n".join(lines).encode()


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_bar_says_of_every_column_what_is_true(data):
    shape = data.draw(st.lists(st.integers(1, 4), max_size=3))
    strides = [data.draw(st.integers(0, 12)) for _ in shape]
    itemsize = data.draw(st.sampled_from([1, 2, 4, 8]))
    held = intervals_of(places_of(shape, strides, data.draw(st.integers(0, 5))), itemsize)
    size = data.draw(st.integers(held[-1][1], held[-1][1] + 300))
    width = data.draw(st.integers(40, 100))
    _, _, line = memory_lines([Strip("s", size, (Lane("x", "", held, itemsize),))], width=width, ascii=True)
    bar = line.removeprefix("x  ")
    assert len(line) <= width
    taken = [any(begin <= byte < end for begin, end in held) for byte in range(size)]
    # One column is a whole number of elements, or one element a whole number of columns.
    units = -(-size // itemsize)
    together = -(-units // (width - 3))
    repeat = len(bar) // -(-units // together)
    cells = [taken[at : at + together * itemsize] for at in range(0, size, together * itemsize)]
    assert bar == "".join(("#" if all(cell) else "+" if any(cell) else ".") * repeat for cell in cells)


@settings(max_examples=100, deadline=None)
@given(st.integers(40, 120), st.text(max_size=60), st.text(max_size=120), st.integers(1, 10**12))
def test_no_line_but_a_title_is_wider_than_the_terminal(width, name, note, size):
    lanes = (Lane(name, note, ((0, size),), 1), Lane(name, "", ((0, 1),), 1))
    assert all(columns(line) <= width for line in memory_lines([Strip("title", size, lanes)], width=width))
