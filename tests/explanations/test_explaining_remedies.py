"""Laws: what a note says works, works; what it says of a graph, a layout or a write is so. Torch is the oracle."""

from __future__ import annotations

import re

import pytest
import torch
from explained import note_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional

from retorch.explanations._explaining import explaining

SIZES = st.integers(1, 4)
SHAPES = st.lists(SIZES, min_size=1, max_size=4)
A_LAW = settings(max_examples=150, deadline=None)


def note_or_none(function):
    """Return the note of the error, or None where nothing is raised."""
    try:
        with explaining():
            function()
    except (RuntimeError, ValueError) as error:
        assert len(error.__notes__) == 1
        return error.__notes__[0]
    return None


def check_remedy(note, **variables):
    """Run what a note says works; return whether it says so of anything."""
    found = re.search(
        r"What to do: (?:if .*?, )?(.+?)(?: (?:copies [\d,]+ bytes|shares) and works| has shape (\[.*?\]) and works| works)",
        note,
    )
    if found is None:
        return None
    result = eval(found[1], variables)
    if found[2]:
        assert list(result.shape) == eval(found[2])
    return result


@A_LAW
@given(SHAPES, st.randoms(use_true_random=False), st.data())
def test_a_view_that_fails_has_a_remedy_that_works(shape, random, data):
    order = list(range(len(shape)))
    random.shuffle(order)
    y = torch.arange(torch.Size(shape).numel()).view(shape).permute(order)
    sizes = data.draw(st.permutations([s for s in shape if s != 1] or [1]))
    merged = [sizes[0] * sizes[1], *sizes[2:]] if len(sizes) > 1 else sizes
    note = note_or_none(lambda: y.view(merged))
    if note is not None:
        result = check_remedy(note, y=y)
        assert result.shape == torch.Size(merged)
        assert torch.equal(result, y.reshape(merged))


@A_LAW
@given(SHAPES, st.lists(st.sampled_from([-1, 1, 2, 3, 4, 6]), min_size=1, max_size=3))
def test_sizes_that_a_note_suggests_fit(shape, sizes):
    assume(sizes.count(-1) <= 1)
    y = torch.zeros(shape)
    note = note_or_none(lambda: y.view(sizes))
    if note is not None and "What to do" in note:
        assert check_remedy(note, y=y).numel() == y.numel()


@A_LAW
@given(SHAPES, SHAPES)
def test_a_product_that_a_note_suggests_works(left, right):
    a, b = torch.zeros(left), torch.zeros(right)
    note = note_or_none(lambda: a @ b)
    if note is not None and "What to do" in note:
        check_remedy(note, a=a, b=b)


@A_LAW
@given(SHAPES, st.integers(1, 16))
def test_an_input_that_a_note_suggests_fits_the_layer(shape, features):
    x, w = torch.zeros(shape), torch.zeros(2, features)
    note = note_or_none(lambda: functional.linear(x, w))
    assert (note is None) == (shape[-1] == features)
    if note is not None and "and works" in note:
        assert check_remedy(note, x=x, w=w).shape[-1] == features


@A_LAW
@given(SHAPES, SHAPES)
def test_a_shape_that_a_note_suggests_broadcasts(left, right):
    a, b = torch.zeros(left), torch.zeros(right)
    note = note_or_none(lambda: a + b)
    if note is None:
        return
    names = re.findall(r"^  (\w): ", note, re.MULTILINE)
    assert names == ["a", "b"]
    if "What to do" in note:
        changed = check_remedy(note, a=a, b=b)
        other = b if "What to do: a" in note else a
        assert (changed + other).shape


@A_LAW
@given(st.integers(1, 4), st.lists(SIZES, min_size=1, max_size=3), st.lists(SIZES, min_size=1, max_size=3))
def test_a_shape_that_a_note_suggests_suits_cross_entropy(batch, rest, target):
    logits, labels = torch.zeros(batch, *rest), torch.zeros(target).long()
    note = note_or_none(lambda: functional.cross_entropy(logits, labels))
    if note is not None and "and works" in note:
        changed = check_remedy(note, logits=logits, labels=labels)
        functional.cross_entropy(*((logits, changed) if "What to do: labels" in note else (changed, labels)))


@A_LAW
@given(st.lists(SHAPES, min_size=2, max_size=3), st.integers(0, 2))
def test_a_dimension_that_a_note_suggests_joins(shapes, dimension):
    tensors = [torch.zeros(shape) for shape in shapes]
    assume(all(dimension < len(shape) for shape in shapes))
    note = note_or_none(lambda: torch.cat(tensors, dimension))
    found = re.search(r"dim=(\d) gives shape (\[.*?\])", note or "")
    if found:
        assert list(torch.cat(tensors, int(found[1])).shape) == eval(found[2])


@A_LAW
@given(st.lists(st.sampled_from(["y = y.exp()", "y = y * y", "y = y * 2", "y.add_(1)", "y.mul_(2)", "y[0] = 1", "y = y.sigmoid()"]),
                min_size=2, max_size=7))  # fmt: skip
def test_the_named_lines_are_those_that_saved_and_wrote(lines):
    """The source of a program is written to a file of its own, so that lines of the note can be looked up in it."""
    source = ["def program(x):", "    y = x * 1", *(f"    {line}" for line in lines), "    y.sum().backward()"]
    code = compile("\n".join(source), "program.py", "exec")
    variables = {}
    exec(code, variables)
    x = torch.ones(3, requires_grad=True)
    note = note_or_none(lambda: variables["program"](x))
    if note is None:
        return
    saved = int(re.search(r"program\.py:(\d+) \(\w+Backward0\) saved", note)[1])
    written = [int(number) for number in re.findall(r"program\.py:(\d+) \((?:add_|mul_|__setitem__)\)", note)]
    assert source[saved - 1].strip() in ("y = y.exp()", "y = y * y", "y = y.sigmoid()")
    assert written
    assert all("_(" in source[number - 1] or "[0]" in source[number - 1] for number in written)
    # Without the writes that are named the saver itself would not have failed.
    assert all(number > saved for number in written) or saved == written[0]


@A_LAW
@given(st.lists(st.sampled_from(["y = y + 1", "y = y.detach()", "y = y.argmax().float()", "y = torch.tensor(y.tolist())", "y = y * 2"]),
                min_size=1, max_size=5))  # fmt: skip
def test_the_named_line_is_the_first_that_left_the_graph(lines):
    source = [
        "import torch",
        "def program(x):",
        "    y = x * 1",
        *(f"    {line}" for line in lines),
        "    y.sum().backward()",
    ]
    variables = {}
    exec(compile("\n".join(source), "program.py", "exec"), variables)
    note = note_or_none(lambda: variables["program"](torch.ones(3, requires_grad=True)))
    first = next((line for line in lines if "detach" in line or "argmax" in line or "tolist" in line), None)
    assert (note is None) == (first is None)
    # What becomes a list of numbers is lost sight of.
    if note is not None and "tolist" not in "".join(lines):
        assert f"has no graph. program.py:{4 + lines.index(first)} left it" in note


@pytest.mark.parametrize("written", [None, "before", "data"])
def test_a_write_that_was_not_seen_is_not_made_up(written):
    x = torch.ones(3, requires_grad=True)
    y = x.exp()
    if written != "before":
        with explaining():
            y.data.mul_(3)
    y.add_(1)

    def walk():
        y.sum().backward()

    note = note_of(walk)
    assert "ExpBackward0 (made where explaining() did not look) saved y" in note
    assert "It was written in place where explaining() did not look" in note
    assert "mul_" not in note
