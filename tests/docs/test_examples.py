"""What the pages show is what happens."""

from pathlib import Path

import pytest
import torch
from playing import Page
from reading import PAGES, ROOT, blocks, links

MOST_NOT_RUN = 3

LONG = {"docs/reproduce.md": "it trains once and does that again four times, and each command starts several processes"}
"""Pages that `make test-long` reads, and why."""


@pytest.fixture(autouse=True)
def as_before(tmp_path, monkeypatch):
    """An empty folder to work in; afterwards threads and random streams are what they were."""
    from retorch.randomness import capture, restore

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("retorch.randomness._seeding._current_seed", None)
    threads, streams = torch.get_num_threads(), capture()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(threads)
    restore(streams)


def to_be_read():
    names = {page: str(page.relative_to(ROOT)) for page in PAGES}
    marks = {name: pytest.mark.long(reason=why) for name, why in LONG.items()}
    return [pytest.param(page, id=name, marks=marks.get(name, ())) for page, name in names.items()]


@pytest.mark.parametrize("page", to_be_read())
def test_every_example_of_a_page_runs_and_shows_what_it_says(page):
    play(page)
    for picture in drawings(page):
        assert Path(picture.name).read_bytes() == picture.read_bytes(), f"{picture} is not what {page} draws"


def drawings(page):
    """Return the drawings on a page; its lines make them under the same names."""
    return [(page.parent / link).resolve() for link in links(page) if link.endswith(".svg")]


def play(page):
    said = blocks(page)
    reader = Page(said)
    for block in said:
        reader.play(block)


def test_hardly_any_example_is_left_out_and_each_says_why():
    left_out = [block for page in PAGES for block in blocks(page) if "not run" in block.marks]
    assert all(block.marks["not run"] for block in left_out)
    assert len(left_out) <= MOST_NOT_RUN, [block.place for block in left_out]


def test_every_block_says_what_it_is():
    allowed = {"python", "console", "text", "diff", "json", "sql"}
    assert [block.place for page in PAGES for block in blocks(page) if block.language not in allowed] == []


def test_every_file_of_a_page_is_used_by_a_command_of_it():
    for page in PAGES:
        typed = "".join(block.text for block in blocks(page) if block.language == "console")
        for block in blocks(page):
            assert block.marks.get("file", "") in typed, block.place


LIES = {
    "other output": "```python\nprint('one 1')\n```\n\n```text\ntwo 2\n```\n",
    "a line more": "```python\nprint('one')\n```\n\n```text\none\ntwo\n```\n",
    "an example that fails": "```python\n1 / 0\n```\n",
    "a command that fails": "```console\n$ ls nowhere\n```\n",
    "a command that does not fail": "<!-- exit code: 2 -->\n```console\n$ ls\n```\n",
    "other lines of a command": "```console\n$ echo one\ntwo\n```\n",
    "a run that is not killed": "<!-- killed at: two -->\n```console\n$ echo one\n```\n",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_page_that_says_what_is_not_so_is_found(tmp_path, monkeypatch, lie):
    page = tmp_path / "page.md"
    page.write_text(LIES[lie])
    monkeypatch.setattr("reading.ROOT", tmp_path)
    with pytest.raises((AssertionError, ZeroDivisionError)):
        play(page)
