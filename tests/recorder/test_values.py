"""Every real number is recorded exactly; anything else is refused by name."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from retorch.errors import UsageError
from retorch.recorder._values import fetch

FLOATS = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2]
INTEGERS = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_float_tensor_is_recorded_exactly(values, dtype):
    tensor = torch.tensor(0.1).to(dtype)
    assert values({"x": tensor})["x"] == tensor.double().item()


@pytest.mark.parametrize("dtype", INTEGERS)
def test_an_integer_tensor_is_recorded_exactly(values, dtype):
    assert values({"x": torch.tensor(torch.iinfo(dtype).max, dtype=dtype)})["x"] == torch.iinfo(dtype).max


@pytest.mark.parametrize("value", [True, np.True_, torch.tensor(True), np.array(True)])
def test_a_boolean_is_recorded_as_one(values, value):
    found = values({"x": value})["x"]
    assert found == 1
    assert type(found) is int


@pytest.mark.parametrize(
    "value",
    [0.1, np.float64(0.1), np.array(0.1), np.array([0.1]), torch.tensor(0.1, dtype=torch.float64)],
)
def test_a_scalar_of_any_library_is_the_same_number(values, value):
    assert values({"x": value})["x"] == 0.1


@pytest.mark.parametrize("value", [np.longdouble(0.5), np.float16(0.5), torch.full((1, 1), 0.5)])
def test_unusual_forms_of_one_number_are_numbers(values, value):
    assert values({"x": value})["x"] == 0.5


def test_what_is_not_finite_is_recorded_as_it_is(values):
    found = values({"a": torch.tensor(math.nan), "b": math.inf, "c": -math.inf, "d": -0.0})
    assert math.isnan(found["a"])
    assert (found["b"], found["c"]) == (math.inf, -math.inf)
    assert math.copysign(1, found["d"]) == -1


def test_a_tensor_with_a_graph_is_read_without_keeping_it(values):
    weight = torch.ones((), requires_grad=True)
    assert values({"loss": weight * 2})["loss"] == 2


def test_a_tensor_changed_in_place_afterwards_keeps_its_logged_value(recorder, values):
    total = torch.tensor(1.0)
    recorder.log({"a": total}, step=0, epoch=0, phase="train")
    total += 5
    assert values({"b": total}) == {"a": 1.0, "b": 6.0}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (torch.zeros(2, 3), r"'loss' was given a tensor of shape \[2, 3\] and torch.float32; .* its .mean\(\) or .sum"),
        (torch.zeros(0), r"a tensor of shape \[0\]"),
        (torch.zeros((), dtype=torch.complex64), r"a tensor of torch.complex64; .* its .abs\(\) or .real"),
        (torch.zeros((), device="meta"), r"on the meta device, which holds no data"),
        (np.zeros(3), r"an array of shape \[3\] and dtype float64"),
        (np.array("a"), r"dtype <U1"),
        ("0.5", r"'loss' was given '0.5'; a metric is one real number, so log one number, or a tensor of one"),
        (None, r"was given None"),
        (1j, r"was given a complex"),
        ([0.5], r"was given a list"),
        (2**63, r"the integer 9223372036854775808, which 64 bits do not hold; log it as a float"),
    ],
)
def test_what_is_not_one_number_is_refused_by_name(recorder, value, message):
    with pytest.raises(UsageError, match=message):
        recorder.log({"fine": 1.0, "loss": value}, step=0, epoch=0, phase="train")
    assert recorder.records == 0


@pytest.mark.parametrize("name", ["", None, 3, ("a",)])
def test_a_name_is_a_text(recorder, name):
    with pytest.raises(UsageError, match="a name is a text that is not empty"):
        recorder.log({name: 1.0}, step=0, epoch=0, phase="train")


def test_values_of_several_dtypes_are_fetched_in_order():
    tensors = [torch.tensor(0.5), torch.tensor(2**62 + 1), torch.tensor(-0.0), torch.tensor(0.1, dtype=torch.bfloat16)]
    found = fetch(tensors)
    assert [repr(value) for value in found] == ["0.5", str(2**62 + 1), "-0.0", repr(tensors[3].item())]


@pytest.mark.gpu
def test_an_accelerator_tensor_is_copied_at_once_and_fetched_at_commit(recorder, values):
    total = torch.tensor(1.0, device=torch.accelerator.current_accelerator())
    recorder.log({"a": total, "flag": total > 0, "half": total.bfloat16() / 3}, step=0, epoch=0, phase="train")
    total += 5
    found = values({"b": total})
    assert found == {"a": 1.0, "flag": 1, "half": (torch.ones(()).bfloat16() / 3).item(), "b": 6.0}
