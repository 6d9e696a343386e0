"""`inspect`: the facts, shown in several ways, of whatever is given, which stays as it was."""

import gc
import json
import pickle
import weakref
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch
from torch import nn

import retorch
from retorch.errors import UsageError
from retorch.inspection import Collection, Inspection
from retorch.tensors import read_facts


def some():
    """One of each sort of thing that can be inspected."""
    return {
        "tensor": torch.arange(12.0).view(3, 4).t(),
        "0-d": torch.tensor(1.0),
        "empty": torch.zeros(0, 3),
        "large": torch.zeros(100, 100)[:, ::3],
        "expanded": torch.zeros(1, 3).expand(4, 3),
        "windows": torch.zeros(9).unfold(0, 3, 1),
        "channels_last": torch.zeros(2, 3, 8, 8).to(memory_format=torch.channels_last),
        "complex": torch.ones(3, dtype=torch.complex64).conj(),
        "bool": torch.ones(3, dtype=torch.bool),
        "parameter": nn.Parameter(torch.ones(3)),
        "activation": torch.ones(3, requires_grad=True).exp(),
        "meta": torch.zeros(3, 4, device="meta").t(),
        "sparse": torch.eye(3).to_sparse(),
        "lazy": nn.UninitializedParameter(),
        "array": np.zeros((3, 4))[::-1],
        "records": np.zeros(3, [("a", "u1"), ("b", "f4")])["b"],
        "storage": torch.zeros(3).untyped_storage(),
        "bytes": b"abcd",
    }


THINGS = [pytest.param(name, id=name) for name in some()]


@pytest.mark.parametrize("name", THINGS)
def test_it_shows_draws_and_gives_data_of_anything(name, tmp_path):
    inspection = retorch.inspect(some()[name], name=name)
    assert isinstance(inspection, Inspection)
    assert str(inspection).startswith(name)
    assert repr(inspection) == str(inspection)
    inspection.svg(tmp_path / "x.svg")
    assert ET.parse(tmp_path / "x.svg").getroot().tag.endswith("svg")
    assert inspection._repr_svg_() == inspection.to_svg() == (tmp_path / "x.svg").read_text()
    assert "<svg" in inspection._repr_html_()
    assert json.loads(json.dumps(inspection.to_dict()))["kind"] == inspection.facts.kind


def test_facts_are_those_of_the_tensor_and_outlive_it():
    x = torch.arange(12.0)
    inspection, gone = retorch.inspect(x), weakref.ref(x)
    expected = read_facts(x)
    del x
    gc.collect()
    assert gone() is None
    assert inspection.facts == expected
    assert "float32 [12]" in str(inspection)
    assert pickle.loads(pickle.dumps(inspection)) == inspection


def test_data_hold_what_follows_from_the_layout_too():
    data = retorch.inspect(torch.arange(12.0).view(3, 4).t(), name="x").to_dict()
    assert data["name"] == "x"
    assert data["layout"] == {"shape": [4, 3], "strides": [1, 4], "offset": 0, "itemsize": 4}
    assert data["contiguity"]["dimension"] == 1
    assert (data["dtype"], data["device"], data["torch_layout"]) == ("float32", "cpu", "strided")
    assert data["dimension_order"] == [1, 0]
    assert data["in_place"]["verdict"] == "allowed"


def test_questions_are_asked_of_it():
    answer = retorch.inspect(torch.zeros(3, 4).t()).view(12)
    assert not answer.possible


def test_backward_from_is_handed_on():
    x = torch.ones(3, requires_grad=True) + 0
    loss = (x * x).sum()
    assert "breaks backward: saved for the backward of mul" in str(retorch.inspect(x, backward_from=loss))
    with pytest.raises(UsageError, match="does not require a gradient"):
        retorch.inspect(x, backward_from=torch.ones(()))


@pytest.mark.parametrize("thing", ["text", 3, None, np.float64(1), {}, {"name": "text"}, [[]], nn.ReLU(), object()])
def test_what_holds_no_tensor_is_refused_and_says_what_it_takes(thing):
    with pytest.raises(UsageError, match=f"takes a tensor, an array, .* this {type(thing).__name__} holds none"):
        retorch.inspect(thing)


class Hostile:
    def __getattr__(self, name):
        raise RuntimeError(name)

    def __repr__(self):
        raise RuntimeError("repr")


def test_an_object_that_raises_at_every_look_is_refused_like_any_other():
    with pytest.raises(UsageError, match="this Hostile holds none"):
        retorch.inspect(Hostile())


@pytest.mark.filterwarnings("ignore:Dynamo does not know how to trace")  # torch 2.11, of list.append after a break
def test_inside_a_compiled_function_the_real_tensor_is_looked_at():
    seen = []

    @torch.compile(backend="eager")
    def double(x):
        y = x.t() * 2
        seen.append(retorch.inspect(y).facts)
        return y + 1

    x = torch.ones(3, 4)
    assert torch.equal(double(x), x.t() * 2 + 1)
    assert seen[0].kind == "strided"
    assert seen[0].layout.shape == (4, 3)


def test_what_a_compiled_function_saved_is_found():
    @torch.compile(backend="aot_eager")
    def cube(x):
        return x.exp() * x

    x = torch.ones(3, requires_grad=True)
    loss = cube(x).sum()
    with torch.no_grad():
        told = retorch.inspect(x, backward_from=loss).facts.in_place
        x += 1
    assert told.verdict == "breaks backward"
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_several_tensors_make_a_collection():
    assert isinstance(retorch.inspect([torch.ones(2)]), Collection)
    assert isinstance(retorch.inspect(nn.Linear(2, 2)), Collection)
