"""The cells of a tensor show where its elements lie, in numbers and in colours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_reading import SVG, cells, groups, intervals_of, parsed, places_of, segments, words

from retorch.pictures import Grid, Lane, Strip, draw_grid


def storage(grid, size, itemsize=4):
    lane = Lane("x", "", intervals_of(places_of(grid.shape, grid.strides, grid.offset), itemsize), itemsize)
    return Strip(f"storage of {size} bytes", size, (lane,))


def drawn(grid, size):
    """The cells of the blocks and of the memory below them."""
    svg = draw_grid(grid, storage(grid, size))
    return [cell for block in groups(svg, "block") for cell in cells(block)], groups(svg, "memory")[0]


def brightness(colour):
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_contiguous_tensor_brightens_in_reading_order():
    table, _ = drawn(Grid("x", (3, 4), (4, 1), 0), 48)
    assert [number for number, _, _ in table] == list(range(12))
    light = [brightness(colour) for _, colour, _ in table]
    assert light == sorted(light)
    assert len(set(light)) == 12


def test_a_transposed_tensor_brightens_down_its_columns():
    table, _ = drawn(Grid("x.t()", (4, 3), (1, 4), 0), 48)
    down = sorted(table, key=lambda cell: cell[2])  # by x, then by y
    assert [number for number, _, _ in down] == list(range(12))
    light = [brightness(colour) for _, colour, _ in down]
    assert light == sorted(light)


def test_an_expanded_dimension_repeats_its_colours():
    table, memory = drawn(Grid("x", (3, 4), (0, 1), 0), 16)
    rows = [table[i : i + 4] for i in (0, 4, 8)]
    assert [[(number, colour) for number, colour, _ in row] for row in rows] == [
        [(number, colour) for number, colour, _ in rows[0]]
    ] * 3
    assert words(memory) == [
        "0",
        "\N{MULTIPLICATION SIGN}3",
        "1",
        "\N{MULTIPLICATION SIGN}3",
        "2",
        "\N{MULTIPLICATION SIGN}3",
        "3",
        "\N{MULTIPLICATION SIGN}3",
        "times seen",
    ]


def test_overlapping_windows_count_how_often_each_place_is_seen():
    _, memory = drawn(Grid("windows", (3, 2), (1, 1), 0), 16)
    assert words(memory) == ["0", "1", "\N{MULTIPLICATION SIGN}2", "2", "\N{MULTIPLICATION SIGN}2", "3", "times seen"]


def test_the_memory_below_has_the_colours_of_the_cells():
    grid = Grid("x[::2, 1::2]", (2, 2), (8, 2), 1)
    table, memory = drawn(grid, 48)
    below = {number: colour for number, colour, _ in cells(memory)}
    assert sorted(below) == list(range(12))
    assert all(below[number] == colour for number, colour, _ in table)
    unseen = {below[number] for number in set(below) - {number for number, _, _ in table}}
    assert unseen == {"#f4f4f4"}


def test_a_long_memory_has_the_colours_of_the_cells_to_scale():
    grid = Grid("x", (2, 3), (100, 2), 50)
    svg = draw_grid(grid, storage(grid, 1600))
    root, (memory,) = parsed(svg), groups(svg, "memory")
    (ramp,) = root.iter(f"{SVG}linearGradient")
    box = memory.find(f"{SVG}rect")
    left, pixels = float(box.get("x")), float(box.get("width")) / 400
    # The first place seen, 50, has the first colour, and the last, 154, the last one.
    assert float(ramp.get("x1")) == pytest.approx(left + 50.5 * pixels, abs=0.1)
    assert float(ramp.get("x2")) == pytest.approx(left + 154.5 * pixels, abs=0.1)
    stops = [stop.get("stop-color") for stop in ramp]
    colours = {number: colour for block in groups(svg, "block") for number, colour, _ in cells(block)}
    assert (colours[50], colours[154]) == (stops[0], stops[-1])
    assert len(segments(memory, "elements")) == 6


def test_blocks_are_labelled_by_the_dimensions_before_the_last_two():
    svg = draw_grid(Grid("image", (2, 3, 2, 2), (12, 1, 6, 3), 0))
    labels = [words(block)[0] for block in groups(svg, "block")]
    assert labels == [f"[{n}, {c}, :, :]" for n in range(2) for c in range(3)]


def test_large_tensors_are_shown_at_their_edges():
    svg = draw_grid(Grid("x", (64, 3, 224, 224), (150528, 50176, 224, 1), 0))
    labels = [words(block)[0] for block in groups(svg, "block")]
    assert labels == ["[0, 0, :, :]", "[0, 1, :, :]", "[63, 1, :, :]", "[63, 2, :, :]"]
    assert "…" in words(parsed(svg))
    assert "⋮" in words(parsed(svg))
    numbers = [number for block in groups(svg, "block") for number, _, _ in cells(block)]
    assert (numbers[0], numbers[-1]) == (0, 64 * 3 * 224 * 224 - 1)
    assert len(svg) < 100_000


def test_a_scalar_is_one_cell():
    table, memory = drawn(Grid("x[1, 2]", (), (), 6), 48)
    assert [number for number, _, _ in table] == [6]
    assert [number for number, _, _ in cells(memory)] == list(range(12))


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 3, 2), (2, 0, 2)])
def test_a_tensor_without_elements_is_said_to_have_none(shape):
    svg = draw_grid(Grid("x", shape, (1,) * len(shape), 5), Strip("s", 0, ()))
    assert f"no elements: dimension {shape.index(0)} has size 0" in words(parsed(svg))


def test_negative_strides_count_down():
    table, _ = drawn(Grid("array[::-1]", (4,), (-1,), 3), 16)
    assert [number for number, _, _ in table] == [3, 2, 1, 0]


def test_places_beyond_the_end_of_a_resized_storage_are_drawn():
    grid = Grid("x", (4,), (1,), 0)
    svg = draw_grid(grid, Strip("storage of 0 bytes", 0, (Lane("x", "", ((0, 16),), 4),)))
    assert [number for number, _, _ in cells(groups(svg, "memory")[0])] == [0, 1, 2, 3]


def test_a_hugely_expanded_tensor_is_drawn_at_once():
    table, memory = drawn_without_places(Grid("x", (10**9, 10**9), (0, 0), 2), 16)
    assert {number for number, _, _ in table} == {2}
    assert f"\N{MULTIPLICATION SIGN}{10**18}" in words(memory)


def drawn_without_places(grid, size):
    svg = draw_grid(grid, Strip("storage", size, (Lane("x", "", ((8, 12),), 4),)))
    return [cell for block in groups(svg, "block") for cell in cells(block)], groups(svg, "memory")[0]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_cell_shows_the_place_that_numpy_computes(data):
    shape = tuple(data.draw(st.lists(st.integers(1, 5), max_size=3)))
    strides = tuple(data.draw(st.integers(0, 9)) for _ in shape)
    offset = data.draw(st.integers(0, 20))
    oracle = np.lib.stride_tricks.as_strided(np.arange(200), shape, [8 * stride for stride in strides]) + offset
    table, _ = drawn(Grid("x", shape, strides, offset), 800)
    assert [number for number, _, _ in table] == oracle.ravel().tolist()


def test_a_name_is_drawn_as_text_and_told_to_those_who_do_not_see():
    root = parsed(draw_grid(Grid("<x> & \x00", (2,), (3,), 1)))
    assert root.find(f"{SVG}title").text == "<x> & \\x00"
    assert root.find(f"{SVG}desc").text == (
        "shape [2], strides [3], storage offset 1, counted in elements; its elements lie between places 1 and 4 of the storage"
    )
    assert root.get("role") == "img"


def test_the_same_facts_give_the_same_bytes():
    grid = Grid("x", (20, 30), (30, 1), 0)
    assert draw_grid(grid, storage(grid, 2400)) == draw_grid(grid, storage(grid, 2400))


@pytest.mark.parametrize(
    "grid",
    [
        Grid("x", (2, 9), (9, 1), 10**17),
        Grid("t" * 400, (30, 40), (40, 1), 0),
        Grid("x", (3, 3, 9, 40), (1080, 360, 40, 1), 0),
    ],
)
def test_everything_lies_on_the_paper(grid):
    root = parsed(draw_grid(grid))
    _, _, width, height = map(float, root.get("viewBox").split())
    assert width <= 860
    for box in root.iter(f"{SVG}rect"):
        assert float(box.get("x") or 0) + float(box.get("width")) <= width
        assert float(box.get("y") or 0) + float(box.get("height")) <= height


def test_numbers_are_read_on_every_colour():
    table, _ = drawn(Grid("x", (3, 8), (8, 1), 0), 96)
    svg = draw_grid(Grid("x", (3, 8), (8, 1), 0))
    (block,) = groups(svg, "block")
    inks = [text.get("fill") for text in block.iter(f"{SVG}text") if text.get("font-size") == "12"]
    for (_, colour, _), ink in zip(table, inks, strict=True):
        assert contrast(colour, ink) >= 4.5  # WCAG AA


def contrast(one, other):
    def luminance(colour):
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
