"""The answer for programs: exact keys, steps from 0, nothing lost."""

import json
from dataclasses import fields, replace

import pytest
from tests.comparison.hand_made import AGREE, ALL, NOTHING, OTHER_LINES, PART, START, A, parting

from retorch.cli._answers import print_json
from retorch.comparison._as_json import as_json
from retorch.comparison._difference import Difference, First, Side, Unlike
from retorch.replay import Experiment, Size


def test_the_keys_are_those_that_were_promised():
    answer = as_json(PART)
    assert set(answer) == {
        "agree", "verdict", "compared_steps", "first", "causes", "experiments", "environments", "modules", "strip",
        "notes", "a", "b",
    }  # fmt: skip
    assert {"step", "epoch", "phase", "module", "operation", "file", "line"} <= set(answer["first"])
    assert set(answer["causes"][0]) == {"setting", "proven", "message"}
    assert set(answer["experiments"][0]) == {field.name for field in fields(Experiment)}
    assert set(answer["environments"][0]) == {field.name for field in fields(Unlike)}
    assert set(answer["a"]) == set(answer["b"]) == {field.name for field in fields(Side)}
    assert set(answer["first"]["size"]) == {field.name for field in fields(Size)} | {"share"}


def test_every_fact_of_the_first_difference_is_there():
    told = as_json(OTHER_LINES)["first"]
    renamed = {"a": {"file", "line", "text"}, "b": {"other_file", "other_line", "other_text"}}
    expected = set().union(*(renamed.get(field.name, {field.name}) for field in fields(First)))
    assert set(told) == expected
    assert (told["file"], told["line"], told["other_line"]) == ("/home/ada/work/train.py", 31, 32)
    assert (told["operation"], told["other_operation"]) == ("aten.mm.default", "aten.mul.Tensor")


def test_steps_and_epochs_count_from_0():
    assert (as_json(START)["first"]["step"], as_json(START)["first"]["epoch"]) == (0, 0)
    assert (as_json(PART)["first"]["step"], as_json(PART)["first"]["epoch"]) == (57, 2)


def test_runs_that_agree_have_no_first_difference_and_no_causes():
    answer = as_json(AGREE)
    assert answer["agree"] is True
    assert answer["first"] is None
    assert answer["causes"] == answer["experiments"] == []
    assert answer["compared_steps"] == 1350


def test_runs_that_differ_do_not_agree():
    assert as_json(PART)["agree"] is False
    assert as_json(replace(PART, compared_steps=0))["agree"] is False


def test_what_could_not_be_compared_neither_agrees_nor_differs():
    answer = as_json(NOTHING)
    assert answer["agree"] is None
    assert answer["first"] is None
    assert answer["notes"] == list(NOTHING.notes)


def test_the_file_and_line_of_a_are_null_where_only_b_has_them():
    told = as_json(parting({"a": None}))["first"]
    assert (told["file"], told["line"], told["text"]) == (None, None, None)
    assert told["other_line"] == 31


def test_what_is_not_known_is_null():
    told = as_json(replace(PART, difference=Difference(First(3, 0, "data"))))["first"]
    assert {name for name, fact in told.items() if fact is None} == {
        "tensor", "module", "operation", "other_operation", "size",
        "file", "line", "text", "other_file", "other_line", "other_text",
    }  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_every_answer_is_json(name, capsys):
    print_json(as_json(ALL[name]))
    assert json.loads(capsys.readouterr().out)["verdict"]


def test_a_number_that_json_has_no_word_for_is_null(capsys):
    print_json(as_json(parting({"size": Size(4, 1, 7, float("nan"))}, a=replace(A, config={"clip": float("inf")}))))
    answer = json.loads(capsys.readouterr().out)
    assert answer["first"]["size"]["max_abs"] is None
    assert answer["a"]["config"]["clip"] is None
