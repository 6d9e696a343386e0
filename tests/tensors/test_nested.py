"""Batches keep their structure."""

from collections import OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass

import torch
from torch.nn.utils.rnn import pack_sequence

from retorch.tensors import count_samples, map_tensors, to_device

Pair = namedtuple("Pair", "left right")
CPU = torch.device("cpu")


@dataclass
class Batch:
    x: torch.Tensor
    name: str


def test_every_container_keeps_its_type():
    x = torch.ones(2)
    ordered, default = OrderedDict(a=x), defaultdict(list, a=x)
    for batch in [(x,), [x], Pair(x, x), {"a": x}, ordered, default, Batch(x, "n"), ({"a": [x]}, 3, None, "text")]:
        for copy in (map_tensors(batch, lambda tensor: tensor + 1), to_device(batch, CPU)):
            assert type(copy) is type(batch)
    assert map_tensors(default, torch.clone).default_factory is list
    assert map_tensors(Batch(x, "n"), lambda tensor: tensor + 1).x.tolist() == [2, 2]


def test_tensors_in_place_are_shared():
    x = torch.ones(2)
    assert to_device((x, 1), CPU)[0] is x


def test_a_packed_sequence_moves_by_its_own_method():
    packed = pack_sequence([torch.ones(3), torch.ones(2)])
    moved = to_device({"text": packed}, CPU)["text"]
    assert moved.batch_sizes.device == CPU


def test_samples_are_the_first_axis_of_the_first_tensor():
    assert count_samples([torch.zeros(5, 2), torch.zeros(3)]) == 5
    assert count_samples({"ids": torch.zeros(4), "x": 1}) == 4
    assert count_samples(Batch(torch.zeros(6), "n")) == 6
    assert count_samples(torch.zeros(())) == 1
    assert count_samples("nothing") == 0
