"""What the user's code calls a tensor is read off its source and its frame, and none of its code runs."""

from __future__ import annotations

import sys

import pytest
import torch
from explained import note_of
from torch import nn

from retorch.lines._expressions import UNKNOWN, look_up, parsed
from retorch.lines._names import Names, locals_of


def names_here(expression="", operation="", args=(), *, is_method=True):
    return Names(sys._getframe(1), expression, operation, args, is_method=is_method, is_direct=True)


def test_a_variable_is_named_by_identity_not_by_value():
    a, b = torch.zeros(2), torch.zeros(2)
    assert [names_here().of(a), names_here().of(b)] == ["a", "b"]


def test_the_name_in_the_line_comes_first():
    a = torch.zeros(2)
    b = a
    assert names_here("b.view(3)").of(a) == "b"
    assert names_here("a.view(3)").of(b) == "a"


class Holder:
    def __init__(self, value):
        self.value = value

    @property
    def costly(self):
        raise AssertionError("a property ran")


def test_items_attributes_and_weights_have_names():
    pair, table, holder = [torch.zeros(1), torch.zeros(2)], {"x": torch.zeros(3)}, Holder(torch.zeros(4))
    model = nn.Sequential(nn.Linear(2, 2), nn.ModuleDict({"head": nn.Linear(2, 2)}), nn.BatchNorm1d(2))
    models = {"teacher": nn.Linear(2, 2)}
    names = names_here()
    assert names.of(pair[1]) == "pair[1]"
    assert names.of(table["x"]) == "table['x']"
    assert names.of(holder.value) == "holder.value"
    assert names.of(model[1]["head"].weight) == "model.1.head.weight"
    assert names.of(model[2].running_mean) == "model.2.running_mean"
    assert names.of(models["teacher"].bias) == "models['teacher'].bias"
    assert names.path_of(model[1]["head"]) == "model.1.head"


def test_a_tensor_without_a_name_has_none():
    assert names_here().of(torch.zeros(2)) == ""
    assert Names(None, "", "", (), is_method=True, is_direct=True).of(torch.zeros(2)) == ""


def test_a_view_of_the_same_elements_has_the_name_of_its_twin():
    a = torch.zeros(2, 3)
    assert names_here().sharing(a.detach()) == "a"
    assert names_here().sharing(a.t()) == ""
    assert names_here().sharing(a[0]) == ""


@pytest.mark.parametrize(
    ("expression", "operation", "is_method", "place", "name"),
    [
        ("x.t().view(6)", "view", True, 0, "x.t()"),
        ("torch.reshape(x.t(), (6,))", "reshape", False, 0, "x.t()"),
        ("f(x) @ g(x)", "matmul", True, 1, "g(x)"),
        ("2 * (x + 1)", "mul", True, 0, "x + 1"),
        ("float(x.sum(0))", "__float__", True, 0, "x.sum(0)"),
        ("x + 1 > 0", "__bool__", True, 0, "x + 1 > 0"),
        ("view(*args)", "view", False, 0, ""),
        ("matmul(torch.zeros(1))", "matmul", True, 0, ""),  # the end of a method's call over several lines
        ("helper(x.t())", "view", True, 0, ""),
        ("a if b else c", "view", True, 0, ""),
        ("not a piece of Python", "view", True, 0, ""),
    ],
)
def test_a_value_without_a_variable_is_named_by_its_source(expression, operation, is_method, place, name):
    given = [torch.zeros(1), torch.zeros(1)] if operation == "matmul" else [torch.zeros(1), 2]
    here = Names(None, expression, operation, tuple(given), is_method=is_method, is_direct=True)
    assert here.of(given[place]) == name


def test_a_long_expression_is_cut():
    x = torch.zeros(1)
    name = names_here("x" + ".abs()" * 20 + ".view(2)", "view", (x + 1,)).of(x)
    assert name == "x"
    temporary = torch.zeros(1)
    value = (temporary,)
    assert len(names_here("f(" + "1, " * 40 + ").view(2)", "view", value).of(temporary)) <= 48


def test_looking_up_runs_no_code_of_the_user():
    variables = {"holder": Holder(torch.zeros(1)), "items": [1, 2], "table": {"a": 3}}

    class Lazy:
        def __getattr__(self, name):
            raise AssertionError("a __getattr__ ran")

        def __getitem__(self, key):
            raise AssertionError("a __getitem__ ran")

    variables["lazy"] = Lazy()
    for expression in ("holder.costly", "lazy.x", "lazy[0]", "items[7]", "table['b']", "items[0].x", "missing", "f(1)"):
        assert look_up(parsed(expression), variables) is UNKNOWN
    assert look_up(parsed("items[1]"), variables) == 2
    assert look_up(parsed("table['a']"), variables) == 3
    assert look_up(parsed("holder.value"), variables) is variables["holder"].value


def test_reading_the_variables_of_a_frame_leaves_nothing_behind():
    def frame_of_a_function():
        value = object()
        frame = sys._getframe()
        assert locals_of(frame)["value"] is value
        references = sys.getrefcount(value)
        locals_of(frame)
        return sys.getrefcount(value) - references

    assert frame_of_a_function() == 0


def test_a_dict_of_locals_that_the_user_has_is_left_alone():
    value = 1
    mine = locals()
    assert locals_of(sys._getframe())["value"] == value
    assert mine["value"] == value


def test_a_class_body_keeps_its_names():
    class Body:
        value = 1
        found = locals_of(sys._getframe())
        again = value

    assert Body.found["value"] == Body.again == 1


def test_names_are_found_in_closures_globals_and_methods():
    w = torch.zeros(6)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(6))

        def forward(self):
            return self.weight.view(7)

        def scaled(self):
            helper = self.weight
            return helper.view(7)

    assert "\n  w: float32 [6]" in note_of(lambda: w.view(7))
    assert "\n  GLOBAL: float32 [6]" in note_of(lambda: GLOBAL.view(7))
    assert "\n  self.weight: float32 [6]" in note_of(Net())
    assert "\n  helper: float32 [6]" in note_of(Net().scaled)


GLOBAL = torch.zeros(6)


def test_what_a_module_is_given_and_hands_on_has_its_name_from_the_line():
    model, batch = nn.Sequential(nn.Linear(3, 2)), torch.zeros(4, 2)
    assert "\n  batch[:2]: float32 [2, 2]" in note_of(lambda: model(batch[:2]))
    assert "\n  (batch + 1).abs(): float32 [4, 2]" in note_of(lambda: model((batch + 1).abs()))
    assert "\n  the input: float32 [4, 2]" in note_of(lambda: list(map(model, iter([batch + 1]))))
    assert "\n  the input: float32 [4, 2]" in note_of(lambda: [*map(model, (x for x in [batch + 1]))])


def test_a_variable_of_a_function_of_torch_is_not_taken_for_the_argument():
    lstm, states = nn.LSTM(3, 4), [torch.zeros(1, 2, 4)] * 2
    note = note_of(lambda: lstm(torch.zeros(5, 3), tuple(states)))
    assert "variable 'input': float32 [5, 1, 3]" in note


def test_a_weight_inside_a_container_is_named_with_its_layer():
    model = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Linear(4, 1)))
    note = note_of(lambda: model(torch.zeros(1, 2)))
    assert ", in model.1.0 (Linear), by torch.nn.functional.linear" in note
    assert "\n  the input: float32 [1, 3]" in note
    assert "\n  model.1.0.weight: float32 [1, 4]" in note
