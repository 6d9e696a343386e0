"""The line that an operation belongs to is the user's, and the part of it that ran is known."""

from __future__ import annotations

import gc
import sys
import textwrap
import weakref

import pytest
import torch
from torch import nn

from retorch.lines._sites import UNKNOWN, Site, site_in, site_of, user_frame, user_site


def site():
    return user_site()


def test_a_site_is_the_line_that_called():
    here = site()
    assert (here.file, here.function) == (__file__, "site")
    assert here.text == "return user_site()"
    assert here.expression == "user_site()"


def test_frames_of_torch_and_the_standard_library_are_passed_over():
    seen = []

    class Layer(nn.Module):
        pass

    layer = nn.Sequential(nn.Identity())
    layer.register_forward_hook(lambda *_: seen.append(user_frame(sys._getframe(1))))
    layer(torch.zeros(1))
    assert seen[0].f_code.co_name == "test_frames_of_torch_and_the_standard_library_are_passed_over"
    import json

    json.dumps({"x": 1}, default=lambda _: 1)
    json.loads("[1]", parse_int=lambda _: seen.append(site_of(user_frame(sys._getframe(1)))))
    assert seen[1].expression.startswith("json.loads")


def run(source, name="program.py"):
    variables = {"user_site": user_site, "site_in": site_in, "sys": sys}
    exec(compile(textwrap.dedent(source), name, "exec"), variables)
    return variables


def test_an_expression_is_cut_out_of_a_longer_line(tmp_path):
    script = tmp_path / "program.py"
    script.write_text("result = [1, (  user_site(  ) ), 2]\n")
    found = run(script.read_text(), str(script))["result"][1]
    assert found.expression == "user_site( )"
    assert found.text == "result = [1, (  user_site(  ) ), 2]"
    assert (found.line, found.function) == (1, "<module>")


def test_columns_are_right_behind_letters_of_several_bytes(tmp_path):
    script = tmp_path / "program.py"
    script.write_text("grüße = ('äöü', user_site())\n", encoding="utf-8")
    assert run(script.read_text(encoding="utf-8"), str(script))["grüße"][1].expression == "user_site()"


def test_an_expression_over_several_lines_becomes_one(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(
        "x = user_site(\n    None\n    if True else\n    None)\n".replace("user_site(", "(lambda _: user_site())(")
    )
    found = run(script.read_text(), str(script))["x"]
    assert found.expression == "user_site()"


class Caller:
    """An iterator that notes where it is asked for an item."""

    def __init__(self):
        self.site = None

    def __iter__(self):
        return self

    def __next__(self):
        self.site = site_of(sys._getframe(1))
        raise StopIteration


def test_a_loop_is_told_without_its_body(tmp_path):
    script = tmp_path / "program.py"
    script.write_text("for item in caller:  # each\n    print(1)\n    print(2)\n")
    caller = Caller()
    exec(compile(script.read_text(), str(script), "exec"), {"caller": caller})
    # Since Python 3.12 the place is the part behind `in`.
    assert caller.site.expression in ("for item in caller:  # each", "caller")


def test_without_a_source_the_line_is_still_known():
    found = run("\n\nx = user_site()", "<stdin>")["x"]
    assert (found.file, found.line, found.text, found.expression) == ("<stdin>", 3, "", "")
    assert found.place == "<stdin>:3"
    assert found.told() == "<stdin>:3"


def test_a_place_is_relative_to_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Site(str(tmp_path / "a" / "b.py"), 3, "f", "", "").place == "a/b.py:3"
    assert Site("/elsewhere/b.py", 3, "f", "", "").place == "/elsewhere/b.py:3"
    assert UNKNOWN.place == "<unknown>"


def test_an_assignment_to_an_item_is_told_with_what_is_assigned():
    found = Site("a.py", 3, "f", "x[0] = 1", "x[0]")
    assert found.told("__setitem__") == "a.py:3: x[0] = 1"
    assert found.told("__getitem__") == "a.py:3: x[0]"


def test_the_place_at_which_an_error_left_a_frame_is_known():
    def fails():
        numbers = []
        numbers.append(1)
        numbers.pop(7)
        return numbers

    with pytest.raises(IndexError) as caught:
        fails()
    trace = caught.value.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    assert site_in(trace).expression == "numbers.pop(7)"


def test_a_site_keeps_no_frame_alive():
    class Local:
        pass

    def function():
        local = Local()
        return weakref.ref(local), user_site()

    gc.disable()
    try:
        reference, found = function()
        assert reference() is None
        assert found.function == "function"
    finally:
        gc.enable()


def test_without_a_frame_the_place_is_unknown():
    assert site_of(None) is UNKNOWN


def test_the_same_code_in_two_files_has_two_sites():
    source = "from retorch.lines import user_site\nsite = user_site()\n"
    places = []
    for file in ("one.py", "other.py"):
        names = {}
        exec(compile(source, file, "exec"), names)
        places.append(names["site"].place)
    assert places == ["one.py:2", "other.py:2"]
