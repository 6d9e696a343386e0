"""What the pages point at and name is there."""

import re

import pytest
import typer
from reading import PAGES, ROOT, anchors, blocks, links, prose, words_in_code

PROMISES = sorted((ROOT / "docs" / "promises").glob("*.md"))
EXPLAINED = {"How it is kept", "How it is tested", "What is measured", "The boundary"}

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@each_page
def test_every_link_leads_somewhere(page):
    for target in links(page):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{page}: {target}"
        assert there.is_relative_to(ROOT), f"{page}: {target} leads out of the repository"
        assert not anchor or anchor in anchors(there), f"{page}: {target}"


@each_page
def test_every_file_that_is_named_is_there(page):
    for word in words_in_code(page):
        if re.match(r"(src|tests|benchmarks|docs)/[\w./-]+$", word):
            assert (ROOT / word).exists(), f"{page}: {word}"


@each_page
def test_every_test_that_is_named_is_there(page):
    everything = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    for word in words_in_code(page):
        if re.fullmatch(r"test_\w+", word):
            assert f"def {word}(" in everything, f"{page}: {word}"
        elif re.fullmatch(r"test_\w+\.py", word):
            assert list((ROOT / "tests").rglob(word)), f"{page}: {word}"


@each_page
def test_every_make_target_that_is_named_is_there(page):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = re.findall(r"\bmake ([a-z][a-z-]*)", "\n".join([*words_in_code(page), *_typed(page)]))
    assert set(named) <= set(targets), page


@pytest.mark.parametrize("page", PROMISES, ids=lambda page: page.stem)
def test_a_promise_says_how_it_is_kept_tested_measured_and_where_it_ends(page):
    assert set(re.findall(r"^## (.+)$", prose(page), flags=re.MULTILINE)) >= EXPLAINED
    assert re.search(r"`tests/\S+\.py`", prose(page)), "a promise names its tests"


def test_every_page_can_be_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        waiting += [(page.parent / target.partition("#")[0]).resolve() for target in links(page) if ":" not in target]
    assert set(PAGES) <= reached


def test_the_page_of_the_command_line_names_every_command_and_option():
    from retorch.cli._app import build_app

    page = ROOT / "docs" / "command-line.md"
    said = set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*", page.read_text(encoding="utf-8")))
    headings = re.findall(r"^## `retorch ([\w ]+)`$", prose(page), flags=re.MULTILINE)
    found = dict(_commands(typer.main.get_command(build_app())))
    assert headings == list(found)
    assert said == {"--help", "--version"} | {option for options in found.values() for option in options}


def _commands(group, prefix=""):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            words = [word for one in command.params for word in (*one.opts, *one.secondary_opts)]
            yield prefix + name, [word for word in words if word.startswith("--")]


def _typed(page):
    return [block.text for block in blocks(page) if block.language in {"console", "text"}]
