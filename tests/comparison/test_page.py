"""The page is one whole file: every fact is on it, every user's word is text, and long runs draw few pieces."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.comparison.hand_made import (
    AGREE,
    ALL,
    ENVIRONMENT,
    HOSTILE,
    HOSTILE_EVERYWHERE,
    LINE,
    MANY,
    OTHER_LINES,
    PART,
    START,
    UNLIKE,
    A,
    parting,
)

from retorch.comparison._page import comparison_page
from retorch.comparison._pairs import configurations, environments
from retorch.comparison._strip import bars
from retorch.comparison._text import describe
from retorch.comparison._tree import tree

VOID = {"meta", "input", "wbr"}


class Reader(HTMLParser):
    """Collects tags, attributes and texts, and demands that what is opened is closed."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self._open, self.texts = [], [], [], []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open[-1:] not in (["style"], ["title"]):
            self.texts.append(data)

    def words(self):
        return " ".join("".join(self.texts).split())

    def values(self, name):
        return [value for _, attribute, value in self.attributes if attribute == name]


@pytest.mark.parametrize("name", ALL)
def test_every_page_is_whole_and_heads_with_the_verdict(name):
    page = comparison_page(ALL[name])
    reader = Reader(page)
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert reader.tags.count("h1") == 1
    assert describe(ALL[name]).splitlines()[0] in reader.words()
    ids = reader.values("id")
    assert len(ids) == len(set(ids))
    assert set(reader.values("aria-labelledby") + reader.values("for")) <= set(ids)


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_loaded_and_nothing_runs(name):
    page = comparison_page(ALL[name])
    reader = Reader(page)
    assert not {"script", "link", "img", "iframe", "object", "embed", "form", "base"} & set(reader.tags)
    assert not [name for _, name, _ in reader.attributes if name.startswith("on") or name in {"src", "href", "action"}]
    assert "url(" not in page
    assert "@import" not in page
    [policy] = [value for value in reader.values("content") if "default-src" in value]
    assert policy.startswith("default-src 'none'; ")
    assert "script" not in policy


def test_every_fact_is_on_the_page():
    words = Reader(comparison_page(PART)).words()
    first, cause = PART.difference.first, PART.difference.causes[0]
    for fact in (
        first.module, first.operation, first.tensor, "3,201 of 4,096 elements differ (78%)", "/home/ada/work/train.py:31",
        LINE.text, cause.message, "proven", "likely, not proven", "SIGILL", "float64", "runs/a", "runs/b",
        "python train.py --epochs 10", *PART.notes, *(fact.why for fact in UNLIKE), "Intel(R) Xeon(R)", "optimizer.lr",
    ):  # fmt: skip
        assert fact in words, fact


def test_the_users_words_are_text_wherever_they_stand():
    page = comparison_page(HOSTILE_EVERYWHERE)
    reader = Reader(page)
    assert not {"script", "img"} & set(reader.tags)
    shown = HOSTILE.replace("\x1b", "\\x1b").replace("\x00", "\\x00").replace("\u202e", "\\u202e")
    assert reader.words().count(shown) >= 15
    assert "{{ 7 * 7 }}" in reader.words()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", page)


def test_a_lone_surrogate_can_be_written():
    comparison_page(parting({"a": replace(LINE, text="\ud800")}, notes=("\udfff",))).encode()


def test_the_part_of_a_line_that_differs_is_marked():
    page = comparison_page(OTHER_LINES)
    assert "<code>hidden = self.net(inputs)<mark> * 1.0</mark></code>" in page
    assert "<code>hidden = self.net(inputs)</code>" in page
    assert "<mark>" not in comparison_page(parting({"b": replace(LINE, text="something else altogether")}))


@pytest.mark.parametrize("name", ["agree", "part", "record only", "start", "many"])
def test_a_page_is_small(name):
    assert len(comparison_page(ALL[name]).encode()) < 200_000


def test_the_same_facts_give_the_same_bytes():
    assert comparison_page(PART) == comparison_page(PART)


# The strip.


@given(
    st.lists(st.tuples(st.integers(1, 500), st.sampled_from(["equal", "different", "unknown"])), max_size=60),
    st.integers(2, 20),
)
def test_a_strip_covers_every_step_once_and_hides_no_difference(runs, columns):
    pieces, states = [], []
    for steps, state in runs:
        pieces.append((len(states), steps, state))
        states += [state] * steps
    drawn = bars(pieces, columns)
    assert len(drawn) <= columns
    covered = [bar.state for bar in drawn for _ in range(bar.steps)]
    assert [bar.first for bar in drawn] == [sum(bar.steps for bar in drawn[:number]) for number in range(len(drawn))]
    assert len(covered) == len(states)
    worse = {"equal": 0, "unknown": 1, "different": 2}
    assert all(worse[shown] >= worse[state] for shown, state in zip(covered, states, strict=True))
    assert set(covered) <= set(states)


def test_a_million_steps_draw_as_few_pieces():
    pieces = [(step, 1, "different" if step % 1000 == 7 else "equal") for step in range(1_000_000)]
    page = comparison_page(parting({"step": 7}, strip=tuple(pieces)))
    assert page.count("<rect") <= 240
    assert len(page) < 60_000


def test_few_steps_are_drawn_as_they_are():
    drawn = bars([(0, 3, "equal"), (3, 1, "unknown"), (4, 2, "different")])
    assert [bar.words for bar in drawn] == [
        "steps 0 to 2: equal",
        "step 3: not recorded by both",
        "steps 4 to 5: different",
    ]
    assert len({bar.height for bar in drawn}) == 3


@pytest.mark.parametrize(("step", "mark"), [(0, "0.0"), (57, "4.22"), (1349, "99.93")])
def test_the_first_difference_is_marked_where_it_is(step, mark):
    page = comparison_page(parting({"step": step}))
    assert f'style="--at: {mark}%"><span>step {step:,}</span>' in page
    assert ('class="mark right"' in page) == (step > 675)


def test_what_parts_before_the_first_step_and_what_agrees_has_no_mark():
    assert 'class="mark' not in comparison_page(START)
    assert 'class="mark' not in comparison_page(AGREE)


# The tree.


def test_the_tree_follows_the_paths_and_adds_what_holds_modules():
    [model] = tree(PART.modules)
    assert list(model.inside) == ["net", "head"]
    net = model.inside["net"]
    assert (net.kind, net.equal, list(net.inside)) == ("", None, ["0", "1", "2", "3"])
    assert [node.state for node in net.inside.values()] == ["equal", "equal", "different", "unknown"]
    assert (model.unequal, model.seen) == (2, 4)


def test_the_tree_is_open_down_to_the_first_difference_only():
    [model] = tree(MANY.modules)
    layers = model.inside["layers"].inside
    assert [name for name, node in layers.items() if node.opened] == ["30"]
    assert layers["30"].inside["attention"].inside["q"].first
    assert comparison_page(MANY).count("<details open>") == 4


def test_a_tree_without_a_difference_is_open_at_its_outside_and_hides_nothing():
    page = comparison_page(parting(modules=(("model", "M", True), ("model.a", "L", True), ("model.a.b", "L", None))))
    assert page.count("<details open>") == 1
    assert "only those that differ" not in page
    assert "only those that differ" in comparison_page(PART)


def test_what_differs_is_never_hidden_with_what_agrees():
    [model] = tree(MANY.modules)
    assert not model.all_equal
    assert [node.all_equal for node in model.inside["layers"].inside.values()] == [True] * 30 + [False] * 30


def test_a_module_that_is_called_twice_differs_where_one_call_does():
    [model] = tree((("model", "M", False), ("model", "M", True)))
    assert model.equal is False


def test_a_deep_tree_can_be_drawn():
    path = ".".join(["model", *("block" for _ in range(60))])
    assert "first" in Reader(comparison_page(parting(modules=((path, "Linear", False),)))).words()


# Side by side.


def test_environments_show_their_differences_in_the_order_of_their_likelihood():
    both = environments(PART)
    assert [pair.name for pair in both.unlike] == [fact.name for fact in UNLIKE]
    names = {pair.name for pair in both.alike}
    assert {"torch.version", "threads.inter", "accelerators.0.name", "switches.float32_precision.cudnn.conv"} <= names
    assert not names & {fact.name for fact in UNLIKE}


def test_a_difference_that_nobody_judged_is_shown_all_the_same():
    both = environments(replace(PART, b=replace(A, environment={**ENVIRONMENT, "retorch": "0.2.0"})))
    [unjudged] = [pair for pair in both.unlike if pair.name == "retorch"]
    assert (unjudged.a, unjudged.b, unjudged.likelihood) == ("0.1.0", "0.2.0", "")


def test_an_option_that_one_run_does_not_have_is_not_there():
    both = configurations(replace(PART, b=replace(A, config={"epochs": 10, "batch_size": 32, "dropout": None})))
    assert [(pair.name, pair.a, pair.b) for pair in both.unlike] == [
        ("optimizer.name", "adamw", None), ("optimizer.lr", "0.001", None), ("dropout", "0.3", "None"),
    ]  # fmt: skip
    assert [(pair.name, pair.a, pair.b) for pair in both.alike] == [("batch_size", "32", "32"), ("epochs", "10", "10")]
    assert "not there" in Reader(comparison_page(replace(PART, b=replace(A, config={})))).words()


def test_a_fact_that_is_the_same_in_both_is_written_once_and_folded():
    page = comparison_page(AGREE)
    assert page.count("AVX512") == 1
    assert page.index("<summary>") < page.index("AVX512")
