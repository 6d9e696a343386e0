"""Strips of memory are drawn to scale, overlaps are seen, and any name can be drawn."""

from __future__ import annotations

import re

import pytest
from memory_reading import SVG, groups, intervals_of, parsed, segments, words

from retorch.pictures import Lane, Strip, draw_memory

X = Lane("x", "float32 [3, 4]", ((0, 48),), 4)
COLUMN = Lane("x[:, 1]", "float32 [3], strides [4], offset 1", ((4, 8), (20, 24), (36, 40)), 4)
SHARED = Strip("storage of 48 bytes on cpu", 48, (X, COLUMN))

NASTY = [
    "",
    " ",
    "<script>alert(1)</script>&\"'",
    "a\nb\t\x00\x1b[31m",
    "\ud800",
    "损失 🎉",
    "é" * 3,
    "n" * 5000,
    "]]>",
    "\ufffe",
    "a  b",
]


def scaled(segments, left, pixels):
    """Pixels back into bytes."""
    return [(round((begin - left) / pixels, 2), round((end - left) / pixels, 2)) for begin, end in segments]


def axis(svg, size):
    """The x of byte 0, and the pixels a byte takes, as the band shows them."""
    (band,) = groups(svg, "band")
    box = band.find(f"{SVG}rect")
    return float(box.get("x")), float(box.get("width")) / size


def test_the_elements_of_each_name_are_drawn_where_they_lie():
    svg = draw_memory([SHARED])
    left, pixels = axis(svg, 48)
    whole, column = groups(svg, "lane")
    assert scaled(segments(whole, "elements"), left, pixels) == [(0, 48)]
    assert scaled(segments(column, "elements"), left, pixels) == [(4, 8), (20, 24), (36, 40)]


def test_bytes_in_several_names_are_hatched_on_the_memory_itself():
    svg = draw_memory([SHARED])
    left, pixels = axis(svg, 48)
    (band,) = groups(svg, "band")
    assert scaled(segments(band, "taken"), left, pixels) == [(0, 48)]
    assert scaled(segments(band, "several"), left, pixels) == [(4, 8), (20, 24), (36, 40)]
    (hatched,) = [path for path in band.iter(f"{SVG}path") if path.get("class") == "several"]
    (pattern,) = parsed(svg).iter(f"{SVG}pattern")
    assert hatched.get("stroke") == f"url(#{pattern.get('id')})"
    assert "in several names" in words(parsed(svg))


def test_two_disjoint_rows_of_one_storage_are_not_hatched():
    rows = (Lane("x[0]", "", ((0, 16),), 4), Lane("x[2]", "", ((32, 48),), 4))
    svg = draw_memory([Strip("storage", 48, rows)])
    (band,) = groups(svg, "band")
    left, pixels = axis(svg, 48)
    assert segments(band, "several") == []
    assert scaled(segments(band, "taken"), left, pixels) == [(0, 16), (32, 48)]
    assert "in several names" not in words(parsed(svg))


def test_names_have_colours_of_their_own():
    svg = draw_memory([SHARED])
    colours = [next(path.get("stroke") for path in lane.iter(f"{SVG}path")) for lane in groups(svg, "lane")]
    assert colours == ["#0072B2", "#D55E00"]


def test_elements_are_numbered_and_bordered_where_they_are_wide_enough():
    svg = draw_memory([Strip("storage", 16, (Lane("x", "", ((0, 16),), 4),))])
    assert [word for word in words(parsed(svg)) if word.isdigit()] == ["0", "1", "2", "3", "0", "4", "8", "12", "16"]
    (lane,) = groups(svg, "lane")
    (borders,) = [path for path in lane.iter(f"{SVG}path") if path.get("class").startswith("borders")]
    assert borders.get("d").count("M") == 3


def test_elements_too_small_to_be_told_apart_have_no_borders():
    svg = draw_memory([Strip("storage", 40_000, (Lane("x", "", ((0, 40_000),), 4),))])
    assert not [path for path in parsed(svg).iter(f"{SVG}path") if path.get("class").startswith("borders")]


def test_elements_of_different_sizes_are_bordered_each_by_its_own_size():
    lanes = (Lane("f", "float32 [4]", ((0, 16),), 4), Lane("b", "uint8 [16]", ((0, 16),), 1))
    svg = draw_memory([Strip("storage", 16, lanes)])
    counts = []
    for lane in groups(svg, "lane"):
        (borders,) = [path for path in lane.iter(f"{SVG}path") if path.get("class").startswith("borders")]
        counts.append(borders.get("d").count("M"))
    assert counts == [3, 15]
    assert "element" not in words(parsed(svg))


def test_one_element_of_a_huge_storage_stays_visible():
    place = 2**30
    svg = draw_memory([Strip("storage", 2**32, (Lane("x", "", ((place, place + 4),), 4),))])
    (lane,) = groups(svg, "lane")
    ((left, right),) = segments(lane, "elements")
    start, pixels = axis(svg, 2**32)
    assert right - left == pytest.approx(1)
    assert left == pytest.approx(start + place * pixels, abs=0.1)


def test_gaps_too_small_to_draw_are_paler_instead_of_full():
    every_second = tuple((begin, begin + 4) for begin in range(0, 80_000, 8))
    svg = draw_memory([Strip("storage", 80_000, (Lane("x", "", every_second, 4),))])
    (lane,) = groups(svg, "lane")
    assert segments(lane, "elements") == []
    ((left, right),) = segments(lane, "elements gappy")
    start, pixels = axis(svg, 80_000)
    assert (left, right) == (pytest.approx(start, abs=0.1), pytest.approx(start + 79_996 * pixels, abs=0.1))
    assert "paler: gaps too small to draw" in words(parsed(svg))


def test_what_is_gappy_is_painted_half_as_strong():
    every_second = tuple((begin, begin + 4) for begin in range(0, 80_000, 8))
    svg = draw_memory([Strip("storage", 80_000, (Lane("x", "", every_second, 4), Lane("y", "", ((0, 80_000),), 4)))])
    strengths = [path.get("stroke-opacity") for lane in groups(svg, "lane") for path in lane.iter(f"{SVG}path")]
    assert strengths == ["0.5", None]


def test_small_strips_share_one_scale():
    strips = [Strip("s", size, (Lane("x", "", ((0, size),), 4),)) for size in (48, 12, 4)]
    widths = [float(band.find(f"{SVG}rect").get("width")) for band in groups(draw_memory(strips), "band")]
    assert widths == [528, 132, 44]


def test_a_full_stretch_beside_a_gappy_one_stays_full():
    gappy = tuple((begin, begin + 4) for begin in range(0, 40_000, 8))
    svg = draw_memory([Strip("storage", 80_000, (Lane("x", "", (*gappy, (60_000, 80_000)), 4),))])
    (lane,) = groups(svg, "lane")
    assert len(segments(lane, "elements gappy")) == len(segments(lane, "elements")) == 1


def test_a_tensor_beyond_the_end_of_its_memory_sticks_out_of_it():
    svg = draw_memory([Strip("storage", 8, (Lane("x", "", ((0, 16),), 4),))])
    (band,), (lane,) = groups(svg, "band"), groups(svg, "lane")
    left, pixels = axis(svg, 8)
    assert scaled(segments(band, "taken"), left, pixels) == [(0, 8)]
    assert scaled(segments(lane, "elements"), left, pixels) == [(0, 16)]


@pytest.mark.parametrize("size", [0, 1, 4])
def test_a_name_without_elements_is_said_to_have_none(size):
    svg = draw_memory([Strip("storage", size, (Lane("x", "float32 [0]", (), 4),))])
    assert "no elements" in words(parsed(svg))


def test_no_strips_and_strips_without_names_are_drawn():
    assert "no memory to show" in words(parsed(draw_memory([])))
    assert "storage" in words(parsed(draw_memory([Strip("storage", 8, ())])))


def test_fifty_names_are_drawn_and_the_others_counted():
    lanes = tuple(Lane(f"name {i}", "", ((i, i + 1),), 1) for i in range(1000))
    svg = draw_memory([Strip("storage", 1000, lanes)])
    assert len(groups(svg, "lane")) == 50
    assert "and 950 more" in words(parsed(svg))


def test_fifty_strips_are_drawn_and_the_others_counted():
    strips = [Strip(f"storage {i}", 4, (Lane(f"x{i}", "", ((0, 4),), 4),)) for i in range(60)]
    svg = draw_memory(strips)
    assert len(groups(svg, "lane")) == 50
    assert "and 10 more stretches of memory with 10 names" in words(parsed(svg))


def test_a_short_strip_is_not_cut_because_another_is_long():
    def strip(count):
        return Strip("storage", count, tuple(Lane(f"n{i}", "", ((i, i + 1),), 1) for i in range(count)))

    svg = draw_memory([strip(3), strip(500)])
    assert len(groups(svg, "lane")) == 50
    assert "and 453 more" in words(parsed(svg))


def test_overlap_counts_names_that_are_not_drawn():
    lanes = (*(Lane(f"n{i}", "", ((i, i + 1),), 1) for i in range(60)), Lane("all", "", ((0, 60),), 1))
    svg = draw_memory([Strip("storage", 60, lanes)])
    (band,) = groups(svg, "band")
    left, pixels = axis(svg, 60)
    assert scaled(segments(band, "several"), left, pixels) == [(0, 60)]


def test_fifty_lanes_of_two_thousand_intervals_stay_below_200_kilobytes():
    for distance in (40, 400, 1000):
        intervals = tuple((i * distance, i * distance + 4) for i in range(2000))
        lanes = tuple(Lane(f"name_{i}", "float32 [2000]", intervals, 4) for i in range(50))
        assert len(draw_memory([Strip("storage", 2000 * distance, lanes)])) < 200_000


def test_as_many_intervals_as_can_be_told_apart_stay_below_200_kilobytes():
    intervals = tuple((i * 8, i * 8 + 1) for i in range(300))
    lanes = tuple(Lane(f"name_{i}", "uint8 [300], strides [8]", intervals, 1) for i in range(50))
    svg = draw_memory([Strip("storage", 2400, lanes)])
    assert len(segments(groups(svg, "lane")[0], "elements")) == 300
    assert len(svg) < 200_000


@pytest.mark.parametrize("name", NASTY)
def test_any_name_is_drawn_as_text(name):
    svg = draw_memory([Strip(name, 8, (Lane(name, name, ((0, 8),), 4),))], title=name)
    kinds = {element.tag.removeprefix(SVG) for element in parsed(svg).iter()}
    assert kinds <= {"svg", "title", "desc", "defs", "style", "rect", "g", "text", "path"}
    svg.encode()


def test_a_long_name_is_cut_in_the_middle_and_told_whole_in_its_tip():
    name = "encoder.layers.11." * 5 + "weight"
    (lane,) = groups(draw_memory([Strip("s", 8, (Lane(name, "", ((0, 8),), 4),))]), "lane")
    (shown,) = words(lane)
    assert shown.startswith("encoder.layers")
    assert shown.endswith(".weight")
    assert "…" in shown
    assert name in lane.find(f"{SVG}title").text


def test_the_facts_are_told_to_those_who_do_not_see():
    root = parsed(draw_memory([SHARED], title="sharing"))
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "sharing"
    told = root.find(f"{SVG}desc").text
    assert "x[:, 1]: float32 [3], strides [4], offset 1: bytes 4 to 8, 20 to 24, 36 to 40" in told
    assert "in several names: bytes 4 to 8, 20 to 24, 36 to 40" in told


def test_filled_gaps_are_admitted():
    svg = draw_memory([Strip("s", 8, (Lane("x", "bool [8]", ((0, 8),), 1, exact=False),))])
    assert "bool [8] (small gaps filled)" in words(parsed(svg))


def test_the_same_facts_give_the_same_bytes_and_others_other_ids():
    one, other = draw_memory([SHARED]), draw_memory([SHARED], title="other")
    assert one == draw_memory([SHARED])
    ids = [{element.get("id") for element in parsed(svg).iter() if element.get("id")} for svg in (one, other)]
    assert len(ids[0]) == 2
    assert not ids[0] & ids[1]


def test_a_style_sheet_stays_in_its_drawing():
    root = parsed(draw_memory([SHARED]))
    sheet = next(root.iter(f"{SVG}style")).text
    selectors = re.findall(r"([^{}]+)\{[^{}]*\}", sheet)
    assert len(selectors) > 10
    assert {selector.split()[0] for selector in selectors} == {f"#{root.get('id')}"}


def test_programs_that_are_no_browser_skip_the_style_sheet_and_miss_nothing():
    root = parsed(draw_memory([SHARED]))
    sheet = next(root.iter(f"{SVG}style")).text
    assert re.sub(r"@media [^{]*\{([^{}]*\{[^{}]*\})*\}", "", sheet) == ""
    assert not [element for element in root.iter() if element.get("style")]


def test_everything_lies_on_the_paper():
    lanes = tuple(Lane("n" * 60, "m" * 90, intervals_of(range(i, 4000, 7), 4), 4) for i in range(5))
    root = parsed(draw_memory([Strip("t" * 500, 16_001, lanes), SHARED], title="h" * 500))
    _, _, width, height = map(float, root.get("viewBox").split())
    assert width <= 860
    for box in root.iter(f"{SVG}rect"):
        if box.get("x"):
            assert float(box.get("x")) + float(box.get("width")) <= width
            assert float(box.get("y")) + float(box.get("height")) <= height
    for text in root.iter(f"{SVG}text"):
        wide = len(text.text) * float(text.get("font-size")) * 0.6
        begin = float(text.get("x")) - {"start": 0, "middle": wide / 2, "end": wide}[text.get("text-anchor")]
        assert begin >= 0
        assert begin + wide <= width + 0.5
