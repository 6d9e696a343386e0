"""`inspect` of a batch, a module, an optimizer: every tensor by name, and who shares with whom."""

import gc
import json
import weakref
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

import retorch
from retorch.errors import UsageError
from retorch.inspection import Inspection

Pair = namedtuple("Pair", "left right")


@dataclass
class Batch:
    x: torch.Tensor
    name: str


def tied():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(3, 4))
    model[2].weight = model[0].weight
    return model


@pytest.mark.parametrize(
    ("thing", "names"),
    [
        ({"x": torch.ones(2), "y": [np.ones(2), "text"]}, ["x", "y[0]"]),
        ({1: torch.ones(2)}, ["[1]"]),
        ([torch.ones(2), (torch.ones(1),)], ["[0]", "[1][0]"]),
        (Pair(torch.ones(2), None), ["left"]),
        (Batch(torch.ones(2), "n"), ["x"]),
        (nn.Linear(2, 1), ["weight", "bias"]),
        (nn.ModuleDict({"head": nn.Linear(2, 1)}), ["head.weight", "head.bias"]),
    ],
)
def test_members_are_named_as_in_python(thing, names):
    assert [*retorch.inspect(thing)] == names
    assert [*retorch.inspect(thing).facts] == names


def test_a_name_given_stands_in_front():
    assert [*retorch.inspect([torch.ones(2)], name="batch")] == ["batch[0]"]


def test_one_member_is_an_inspection():
    collection = retorch.inspect({"x": torch.zeros(3, 4).t()})
    assert isinstance(collection["x"], Inspection)
    assert collection["x"].facts == collection.facts["x"]
    assert str(collection["x"]).startswith("x  tensor  float32 [4, 3]")
    with pytest.raises(UsageError, match="nothing here is called 'y'; there is x"):
        collection["y"]


def test_a_module_tells_its_parameters_and_buffers_and_which_are_tied():
    collection = retorch.inspect(tied())
    assert collection.tied == {"2.weight": "0.weight"}
    assert collection.shares_with == {"2.weight": "0.weight"}
    assert collection.facts["1.num_batches_tracked"].dtype == torch.int64
    # 12 + 4 weights, 4 * 4 of the batch norm, one int64, 4 biases; the tied weight counts once.
    assert collection.bytes_seen == collection.bytes_kept_alive == (12 + 4 + 16 + 4) * 4 + 8


def test_storages_are_counted_once_and_aliases_are_named():
    x = torch.zeros(10, 10)
    collection = retorch.inspect({"x": x, "row": x[0], "array": x.numpy(), "own": torch.ones(3)})
    assert collection.shares_with == {"row": "x", "array": "x"}
    assert collection.tied == {}
    assert collection.bytes_seen == 400 + 40 + 400 + 12
    assert collection.bytes_kept_alive == 412


def test_meta_tensors_keep_nothing_alive_and_sparse_ones_their_pieces():
    collection = retorch.inspect({"meta": torch.zeros(5, device="meta"), "sparse": torch.eye(3).to_sparse()})
    assert collection.bytes_kept_alive == 60


def test_the_table():
    assert str(retorch.inspect(tied())).splitlines() == [
        "0.weight               float32 [4, 3]  contiguous  grad",
        "0.bias                 float32 [4]     contiguous  grad",
        "1.weight               float32 [4]     contiguous  grad",
        "1.bias                 float32 [4]     contiguous  grad",
        "1.running_mean         float32 [4]     contiguous",
        "1.running_var          float32 [4]     contiguous",
        "1.num_batches_tracked  int64 []        contiguous",
        "2.weight               float32 [4, 3]  contiguous  grad  is 0.weight",
        "2.bias                 float32 [4]     contiguous  grad",
        "9 names, 1 of them twice: 152 bytes seen, 152 bytes of storage kept alive, each",
        "counted once",
    ]


def test_layouts_are_told_in_a_word():
    images = torch.zeros(2, 3, 8, 8)
    told = retorch.inspect(
        {
            "plain": images,
            "last": images.to(memory_format=torch.channels_last),
            "turned": torch.zeros(3, 4).t(),
            "spread": torch.zeros(1, 3).expand(4, 3),
            "part": images[..., ::2],
            "sparse": torch.eye(3).to_sparse(),
            "meta": torch.zeros(3, device="meta"),
        }
    )
    words = [line.split("]")[1].split() for line in str(told).splitlines()[:7]]
    assert [each[0] for each in words] == [
        "contiguous", "channels_last", "permuted", "expanded", "gaps", "sparse_coo", "meta"
    ]  # fmt: skip


def test_a_long_table_is_cut_and_says_so():
    collection = retorch.inspect([torch.zeros(1) for _ in range(100)])
    assert len(collection) == 100
    assert "and 40 more" in str(collection)
    assert repr(collection) == "<Collection: 100 names in a list>"


def test_an_optimizer_is_looked_through():
    model = nn.Linear(2, 1)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    names = [*retorch.inspect(optimizer)]
    assert any("exp_avg" in name for name in names)


def test_it_draws_and_gives_data(tmp_path):
    collection = retorch.inspect(tied())
    collection.svg(tmp_path / "model.svg")
    assert (tmp_path / "model.svg").read_text() == collection.to_svg() == collection._repr_svg_()
    assert "<svg" in collection._repr_html_()
    data = json.loads(json.dumps(collection.to_dict()))
    assert data["members"]["0.weight"]["shape"] == [4, 3]
    assert data["tied"] == {"2.weight": "0.weight"}


def test_nothing_of_it_is_kept_alive_or_changed():
    model = tied()
    gone, versions = [weakref.ref(each) for each in model.parameters()], [each._version for each in model.parameters()]
    collection = retorch.inspect(model)
    assert [each._version for each in model.parameters()] == versions
    del model
    gc.collect()
    assert [each() for each in gone] == [None] * len(gone)
    assert len(collection) == 9


def test_a_value_that_a_backward_still_needs_is_told_for_each_member():
    x = torch.ones(3, requires_grad=True) + 0
    batch = {"x": x, "y": x + 1}
    told = retorch.inspect(batch, backward_from=(x * x).sum())
    assert told.facts["x"].in_place.verdict == "breaks backward"
    assert told.facts["y"].in_place.allowed
