"""What a reader is told first, and that nothing of a user's text moves a terminal."""

import re
from dataclasses import replace

import pytest
from tests.comparison.hand_made import (
    AGREE,
    AGREE_ELSEWHERE,
    ALL,
    FIRST,
    LINE,
    LONG_NAMES,
    MANY,
    NOTHING,
    ONLY_B,
    OTHER_LINES,
    OTHER_MODELS,
    PART,
    RECORD_ONLY,
    SHORTER,
    START,
    UNICODE,
    parting,
)

from retorch.comparison._difference import Difference, First, Line
from retorch.comparison._phrases import extent, first_unequal, printable, verdict
from retorch.comparison._text import describe, describe_difference, sections
from retorch.replay import Cause, Experiment, Size

VERDICTS = {
    "agree": "The runs agree over 1,350 steps.",
    "shorter": "The runs agree over the 900 steps that both recorded.",
    "nothing": "Nothing could be compared: no step was recorded by both runs.",
    "part": "They part at step 57 (epoch 2), in the backward pass of model.net.2.",
    "record only": "They part at or shortly before step 57 (epoch 2), first seen in the forward pass.",
    "start": "They part before the first step: the model starts with other weights.",
    "other models": "They part before the first step: the models are not the same.",
    "order": "They part at step 57 (epoch 2), in the data: the order of the samples.",
    "optimizer": "They part at step 57 (epoch 2), in the optimizer's step.",
    "validation": "They part at step 57 (epoch 2), in validation, in model.net.2: BatchNorm's statistics change in it.",
    "only b": "They part at step 57 (epoch 2), in the backward pass of model.net.2: B did an operation that A did not.",
    "unicode": "They part at step 57 (epoch 2), in the backward pass of model.損失.",
}


@pytest.mark.parametrize("name", VERDICTS)
def test_the_first_line_is_the_verdict(name):
    assert describe(ALL[name]).splitlines()[0] == VERDICTS[name]


def test_nothing_is_shortly_before_step_0():
    at_once = parting({"step": 0, "epoch": 0, "exact": False, "phase": "data", "detail": "the batch"})
    assert verdict(at_once) == "They part at step 0 (epoch 0), first seen in the data: the batch."


def test_an_operation_is_said_to_have_had_equal_inputs_only_where_both_did_it():
    assert "operation  aten.mm.default, from equal inputs\n" in describe(PART)
    assert "operation  aten.mul.Tensor\n" in describe(ONLY_B)


def test_one_step_is_one_step():
    assert (
        verdict(replace(AGREE, a=replace(AGREE.a, steps=1), b=replace(AGREE.b, steps=1), compared_steps=1))
        == "The runs agree over 1 step."
    )


def test_the_whole_text_of_a_difference():
    assert (
        describe(PART)
        == """\
They part at step 57 (epoch 2), in the backward pass of model.net.2.
  when       run.step 57, run.epoch 2; both count from 0
  operation  aten.mm.default, from equal inputs
  line       /home/ada/work/train.py:31  hidden = self.net(inputs)
  tensor     model.net.2.weight
  size       3,201 of 4,096 elements differ (78%), by at most 3 ulp, 4.77e-07 absolute
  modules    3 of 5 gave another output, model.net.2 first
  A          runs/a: 1,350 steps, recorded light, seed 7
  B          runs/b: 1,350 steps, recorded light, seed 7

The cause, proven
  threads: A computed with 1 thread, B with 2; with 2 threads the operation of A gives
    the bits of B.

Likely, not proven
  distributions.numpy: numpy is 2.1.3 in A and 2.2.0 in B.

Experiments: the operation again, one setting changed at a time
  setting          value    gives the bits of
  threads          1        A
  threads          2        B
  deterministic    True     neither
  dtype            float64  both
  instruction set  AVX2     failed             the process ended with SIGILL, an illegal
                                               instruction

The environments differ in 3 facts
                             A       B
  threads.intra              1       2       likely: sums are split over threads in
                                             another order
  variables.OMP_NUM_THREADS  1       2       likely: it sets threads.intra
  distributions.pydantic     2.11.4  2.12.0  unlikely

What is not seen here
  - model.net.3 was compiled; the step was replayed eager and compiled, and the eager
    one agrees."""
    )


def test_a_difference_alone_says_the_same_without_the_runs():
    text = describe_difference(PART.difference)
    assert text.startswith("They part at step 57 (epoch 2), in the backward pass of model.net.2.\n  when ")
    assert set(text.splitlines()) < set(describe(PART).splitlines())
    assert "runs/a" not in text
    assert describe_difference(OTHER_MODELS.difference).startswith(
        "They part before the first step: the models are not the same.\n\n"
    )


def test_the_whole_text_of_agreement():
    assert (
        describe(AGREE)
        == """\
The runs agree over 1,350 steps.
  A  runs/a: 1,350 steps, recorded light, seed 7
  B  runs/b: 1,350 steps, recorded light, seed 7"""
    )


def test_other_environments_of_runs_that_agree_are_told():
    assert "The environments differ in 3 facts, and no bit came of it\n" in describe(AGREE_ELSEWHERE)
    assert "no bit came of it" not in describe(replace(NOTHING, unlike=AGREE_ELSEWHERE.unlike))


def test_both_lines_and_both_operations_are_told_where_they_differ():
    text = describe(OTHER_LINES)
    assert "  operation  A did aten.mm.default, B did aten.mul.Tensor\n" in text
    assert "  line in A  /home/ada/work/train.py:31  hidden = self.net(inputs)\n" in text
    assert "  line in B  /home/ada/work/train.py:32  hidden = self.net(inputs) * 1.0\n" in text


def test_a_line_that_only_one_run_has_is_that_runs():
    assert "  line in B  train.py:3  x\n" in describe(parting({"a": None, "b": Line("train.py", 3, "x")}))
    assert "  line in A  train.py:3\n" in describe(parting({"a": Line("train.py", 3), "b": None}))


def test_the_start_has_no_step_and_what_is_not_known_has_no_row():
    assert "when" not in describe(START)
    bare = replace(RECORD_ONLY, difference=Difference(First(3, 0, "data")), notes=(), unlike=())
    assert describe(bare).splitlines()[:5] == [
        "They part at or shortly before step 3 (epoch 0), first seen in the data.",
        "  when  run.step 3, run.epoch 0; both count from 0",
        "  A     runs/a: 1,350 steps, recorded light, seed 7",
        "  B     runs/b: 1,350 steps, recorded light, seed 7",
        "",
    ]


def test_a_guess_is_never_among_what_is_proven():
    guess = replace(PART.difference, causes=(Cause("x", False, "x is 1 in A, 2 in B"),))
    headings = [section.heading for section in sections(replace(PART, difference=guess))]
    assert "Likely, not proven" in headings
    assert not any(heading.endswith(", proven") and "not" not in heading for heading in headings)
    assert "\n\nNo cause is known." in describe(replace(PART, difference=replace(guess, causes=())))


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (Size(4096, 4096, 1, 2**-24), "all 4,096 elements differ, by at most 1 ulp, 5.96e-08 absolute"),
        (Size(1, 1), "its only element differs"),
        (Size(1000000, 1, 1), "1 of 1,000,000 elements differs (under 0.01%), by at most 1 ulp"),
        (Size(1000, 999, None, 1.5), "999 of 1,000 elements differ (over 99%), by at most 1.5 absolute"),
        (Size(4, 1, max_abs=float("nan")), "1 of 4 elements differs (25%), by at most nan absolute"),
        (Size(0, 0), "no elements"),
        (Size(3, 0, 0, 0.0), "all 3 elements are equal"),
    ],
)
def test_sizes_in_words(size, words):
    assert extent(size) == words


def test_the_first_module_is_the_innermost_one():
    assert first_unequal((("model", "M", False), ("model.a", "L", True), ("model.b", "L", False))) == "model.b"
    assert first_unequal((("model", "M", False), ("model.a", "L", None))) == "model"
    assert first_unequal((("model", "M", True),)) is None
    assert "300 of 600 gave another output" not in describe(MANY)
    assert "301 of 601 gave another output, model.layers.30.attention.q first" in describe(MANY)


def test_modules_that_are_all_equal_are_told_too():
    equal = parting(modules=(("model", "M", True), ("model.a", "L", True)))
    assert "  modules    the outputs of all 2 modules are equal\n" in describe(equal)


def test_long_lists_are_cut_and_counted():
    text = describe(LONG_NAMES)
    assert "  and 35 more, less likely to change bits; --html and --json list them" in text
    assert "  - and 13 more; --html and --json list them" in text


def test_names_to_be_copied_stay_whole():
    text = describe(LONG_NAMES)
    assert LONG_NAMES.difference.first.module in text
    assert f"{LONG_NAMES.difference.first.a.file}:123456" in text


def test_columns_stand_below_each_other_in_wide_letters():
    experiments = (Experiment("損失", "重", "a"), Experiment("ab", "c", "b"))
    text = describe(replace(PART, difference=replace(PART.difference, experiments=experiments)))
    assert "\n  損失     重     A\n  ab       c      B\n" in text


@pytest.mark.parametrize("name", ALL)
def test_nothing_in_a_text_moves_a_terminal(name):
    text = describe(ALL[name])
    assert re.sub(r"[\x20-\x7e\n]", "", text).isprintable()
    assert "\u202e" not in text
    assert not [line for line in text.splitlines() if line != line.rstrip()]


def test_what_is_not_printable_is_spelled_out():
    assert printable("a\tb\x1b[2J\x07\ud800\u202e") == "a   b\\x1b[2J\\x07\\ud800\\u202e"
    assert printable("学習 🎉 é") == "学習 🎉 é"
    describe(parting({"a": replace(LINE, text="\ud800")})).encode()


@pytest.mark.parametrize("name", ["part", "agree", "record only", "unicode"])
def test_a_text_of_usual_facts_fits_a_terminal(name):
    assert max(len(line) for line in describe(ALL[name]).splitlines()) <= 100


def test_numbers_are_those_of_run_step():
    assert FIRST.step == 57
    assert "run.step 57," in describe(PART)
    assert "run.step 57," in describe(UNICODE)
    assert SHORTER.compared_steps == 900
