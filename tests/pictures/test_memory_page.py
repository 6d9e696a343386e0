"""A page opens from disk by itself, shows every word as text, and is written in one step."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from retorch.errors import UsageError
from retorch.pictures import Grid, Lane, Section, Strip, draw_grid, draw_memory, memory_page, write_page, write_svg

SVG = draw_memory([Strip("storage", 48, (Lane("<b>&", "float32 [12]", ((0, 48),), 4),))])


class Reader(HTMLParser):
    """Collects tags, attributes and the text in each kind of element."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.open, self.text = [], [], [], {}

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.text.setdefault(self.open[-1], []).append(data)


def read(page):
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_a_page_shows_headings_texts_and_drawings_in_order():
    page = memory_page("x", [Section("first", "a card"), Section("second", svg=SVG), Section("", "third")])
    reader = read(page)
    assert reader.text["h1"] == ["x"]
    assert reader.text["h2"] == ["first", "second"]
    assert reader.text["pre"] == ["a card", "third"]
    assert page.index("a card") < page.index(SVG) < page.index("third")


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", "</pre>&amp;\"'", "損失 🎉", "\x00\x1b[31m", "{0} %s {title}"]
)
def test_any_words_are_shown_as_text(words):
    reader = read(memory_page(words, [Section(words, words)]))
    shown = words.replace("\x00", "\\x00").replace("\x1b", "\\x1b")
    assert "".join(reader.text["h1"]) == "".join(reader.text["h2"]) == "".join(reader.text["pre"]) == shown
    assert "script" not in reader.tags


def test_lines_and_columns_of_a_text_are_kept():
    (text,) = read(memory_page("x", [Section("", "a\n  b\n\n█·")])).text["pre"]
    assert text == "a\n  b\n\n█·"


def test_a_lone_surrogate_can_be_written():
    memory_page("\ud800", [Section("\ud800", "\ud800")]).encode()


def test_nothing_is_loaded_and_nothing_runs():
    page = memory_page("x", [Section("y", "z", SVG), Section("w", svg=draw_grid(Grid("g", (2,), (1,), 0)))])
    reader = read(page)
    assert not {"script", "link", "img", "iframe", "object", "use", "image"} & set(reader.tags)
    assert not [value for _, name, value in reader.attributes if name in ("src", "href") or name.startswith("on")]
    assert set(re.findall(r"url\(([^)]*)", page)) <= {
        f"#{value}" for _, name, value in reader.attributes if name == "id"
    }
    assert "@import" not in page
    policy = next(v for tag, name, v in reader.attributes if tag == "meta" and name == "content" and "src" in v)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_a_page_fits_a_phone_both_schemes_and_paper():
    page = memory_page("x", [])
    for part in ('name="viewport"', "prefers-color-scheme: dark", "max-width: 48rem", "@media print"):
        assert part in page


def test_drawings_on_one_page_do_not_share_ids():
    drawings = [draw_memory([Strip(f"s{i}", 8, (Lane("x", "", ((0, 8),), 4),) * 2)]) for i in range(3)]
    ids = re.findall(r'\bid="([^"]*)"', memory_page("x", [Section("", svg=svg) for svg in drawings]))
    assert len(ids) == len(set(ids)) == 6


def test_words_in_place_of_a_drawing_are_refused():
    with pytest.raises(
        UsageError, match=r"the drawing of section 'x' begins with 'storage of 48 bytes', not with <svg; give it"
    ):
        memory_page("t", [Section("x", svg="storage of 48 bytes")])


def test_files_are_written_in_one_step(tmp_path):
    write_svg(SVG, tmp_path / "x.svg")
    write_page(memory_page("x", []), str(tmp_path / "x.HTML"))
    assert (tmp_path / "x.svg").read_text(encoding="utf-8") == SVG
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["x.HTML", "x.svg"]


@pytest.mark.parametrize(
    ("write", "name", "message"),
    [
        (write_svg, "x.png", r"x.png ends in '.png'; a drawing is written as .svg, so give the file that ending"),
        (write_svg, "x", r"x has no ending; a drawing is written as .svg"),
        (write_page, "x.svg", r"x.svg ends in '.svg'; a page is written as .html"),
        (write_svg, "no/x.svg", r"cannot write .*x.svg: there is no folder .*no; make it first"),
    ],
)
def test_a_name_that_cannot_be_written_is_refused(tmp_path, write, name, message):
    with pytest.raises(UsageError, match=message):
        write("text", tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", [write_svg, write_page])
def test_an_empty_name_is_refused(write):
    with pytest.raises(UsageError, match="has no ending"):
        write("text", "")


def test_an_old_file_is_untouched_when_a_new_one_cannot_be_written(tmp_path, monkeypatch):
    path = tmp_path / "x.svg"
    write_svg(SVG, path)

    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_svg("<svg/>", path)
    assert path.read_text(encoding="utf-8") == SVG
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.svg"]


def test_a_folder_in_place_of_the_file_is_an_os_error(tmp_path):
    (tmp_path / "x.svg").mkdir()
    with pytest.raises(OSError, match=r"x\.svg"):
        write_svg(SVG, tmp_path / "x.svg")
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.svg"]


def test_drawing_memory_imports_neither_torch_nor_matplotlib():
    code = (
        "import sys; from retorch.pictures import *; s = Strip('s', 8, (Lane('x', '', ((0, 8),), 4),)); "
        "memory_page('x', [Section('', '', draw_memory([s])), Section('', '', draw_grid(Grid('g', (2,), (1,), 0), s))]); "
        "print(sorted({'torch', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
