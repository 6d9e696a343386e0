"""The page of the checks names all of them, and the checks are silent on what the other pages teach."""

import contextlib
import io
import linecache
import sys
from pathlib import Path

import checks_table
import pytest
import torch
from reading import ROOT, blocks

from retorch.checks import Script, check_script, checking
from retorch.errors import RetorchError
from retorch.randomness import capture, restore


def test_the_tables_have_every_check_with_its_grade_and_what_it_sees():
    assert checks_table.written() == checks_table.tables(), "run python tests/docs/checks_table.py"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("retorch.randomness._seeding._current_seed", None)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    streams, threads = capture(), torch.get_num_threads()
    yield tmp_path
    restore(streams)
    torch.set_num_threads(threads)


TEACHING = [
    ROOT / "README.md",
    *(ROOT / "docs" / f"{name}.md" for name in ("getting-started", "recording", "checkpoints")),
]


@pytest.mark.parametrize("page", TEACHING, ids=lambda page: page.stem)
def test_the_checks_are_silent_on_the_examples_of_a_page(page, folder):
    names = {"__name__": "__main__"}
    for block in blocks(page):
        if "file" in block.marks:
            Path(block.marks["file"]).write_text(block.text)
    with checking() as findings, contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for block in blocks(page):
            if block.language == "python" and not block.marks.keys() & {"not run", "file"}:
                linecache.cache[block.place] = (0, None, block.text.splitlines(keepends=True), block.place)
                with contextlib.suppress(RetorchError):  # what a command of the page would have left is not there
                    exec(compile(block.text, block.place, "exec"), names)
    assert [one for one in findings if one.grade != "advice"] == []


FILES = [
    pytest.param(block, id=block.place)
    for page in TEACHING for block in blocks(page)
    if "file" in block.marks and block.language == "python"
]  # fmt: skip


@pytest.mark.parametrize("block", FILES)
def test_the_checks_are_silent_on_the_scripts_of_a_page(block, folder):
    Path(block.marks["file"]).write_text(block.text)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        checked = check_script(Script(block.marks["file"]))
    assert [one for one in checked.findings if one.grade != "advice"] == []
