"""Whatever holds tensors is walked, and each gets a name that reads like Python."""

import array
import copy
import mmap
import warnings
from collections import OrderedDict, UserDict, deque, namedtuple
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from torch import nn

from retorch.memory._members import name_members

Pair = namedtuple("Pair", "left right")


@dataclass
class Batch:
    x: torch.Tensor
    label: str = "none"
    later: torch.Tensor = field(init=False)


def names(**named):
    return [name for name, _ in name_members(named)]


def trained():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    optimizer = torch.optim.Adam(model.parameters())
    model[0](torch.ones(4, 2)).sum().backward()
    optimizer.step()
    return model, optimizer


def test_containers_give_paths_that_read_like_python():
    x = torch.ones(2)
    assert names(x=x) == ["x"]
    assert names(b={"x": x, 3: x, None: x, b"k": x}) == ['b["x"]', "b[3]", "b[None]", "b[b'k']"]
    assert names(b=[x, (x, deque([x]))]) == ["b[0]", "b[1][0]", "b[1][1][0]"]
    assert names(b=Pair(x, {"y": x})) == ["b.left", 'b.right["y"]']
    assert names(b=Batch(x)) == ["b.x"]
    assert names(b=UserDict(x=x), o=OrderedDict(x=x)) == ['b["x"]', 'o["x"]']
    assert names(b={'a "quoted" key': x, "grün": x}) == ['b["a \\"quoted\\" key"]', 'b["grün"]']
    assert names(b={frozenset({1}): x, (1, 2): x}) == ["b[frozenset 0]", "b[tuple 1]"]


def test_every_kind_of_memory_is_a_member_and_the_object_itself_comes_back():
    x = torch.ones(2)
    things = {
        "array": np.ones(2), "storage": x.untyped_storage(), "memoryview": memoryview(b"ab"), "bytearray": bytearray(2),
        "bytes": b"ab", "array.array": array.array("d", [1.0]), "mmap": mmap.mmap(-1, 16), "parameter": nn.Parameter(x),
    }  # fmt: skip
    found = dict(name_members(things))
    assert list(found) == list(things)
    assert all(found[name] is things[name] for name in things)


def test_what_holds_no_memory_yields_nothing():
    assert (
        names(a=None, b="text", c=3, d=2.5, e=object(), f=[], g={}, h=nn.ReLU(), i=np.float64(3), j=print, k=int) == []
    )


def test_a_module_gives_parameters_gradients_and_buffers_also_those_that_are_not_saved():
    model = nn.Sequential(nn.Linear(2, 1))
    model[0].register_buffer("mask", torch.ones(1), persistent=False)
    assert names(model=model) == ["model.0.weight", "model.0.bias", "model.0.mask"]
    model(torch.ones(1, 2)).sum().backward()
    assert names(model=model) == [
        "model.0.weight", "model.0.weight.grad", "model.0.bias", "model.0.bias.grad", "model.0.mask",
    ]  # fmt: skip


def test_tied_parameters_and_shared_modules_appear_under_each_name():
    layer = nn.Linear(2, 2, bias=False)
    tied = nn.Linear(2, 2, bias=False)
    tied.weight = layer.weight
    found = dict(name_members({"model": nn.ModuleDict({"a": layer, "b": layer, "tied": tied})}))
    assert list(found) == ["model.a.weight", "model.b.weight", "model.tied.weight"]
    assert len({id(member) for member in found.values()}) == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own, when it loads its compiler
def test_a_compiled_module_has_the_names_of_the_module_inside():
    model = nn.Sequential(nn.Linear(2, 1))
    assert names(m=torch.compile(model)) == names(m=model)


def test_an_optimizer_calls_its_state_by_the_names_of_the_module_wherever_that_stands():
    model, optimizer = trained()
    wanted = {"opt.params[model.0.weight]", "opt.state[model.0.weight].exp_avg", "opt.state[model.0.bias].step"}
    assert wanted <= set(names(model=model, opt=optimizer))
    assert wanted <= set(names(opt=optimizer, model=model))


def test_an_optimizer_alone_calls_its_state_by_its_own_names_or_by_number():
    model, optimizer = trained()
    assert "opt.state[1].exp_avg_sq" in names(opt=optimizer)
    named = torch.optim.SGD(model.named_parameters(), lr=torch.tensor(0.1))
    assert names(opt=named)[0] == 'opt.params["0.weight"]'
    assert 'opt.param_groups[0]["lr"]' in names(opt=named)


def test_state_that_is_nested_is_walked():
    x = nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SGD([x], lr=0.1)
    optimizer.state[x] = {"history": [x.detach().clone(), None, {"last": x.detach().clone()}]}
    optimizer.state["shared"] = torch.ones(1)
    assert names(opt=optimizer)[1:] == [
        "opt.state[0].history[0]", 'opt.state[0].history[2]["last"]', 'opt.state["shared"]',
    ]  # fmt: skip


def test_state_dicts_are_plain_containers():
    model, optimizer = trained()
    assert 'best["0.weight"]' in names(best=model.state_dict())
    assert 'saved["state"][0]["exp_avg"]' in names(saved=optimizer.state_dict())


def test_a_cycle_is_walked_once():
    ring = [torch.ones(1)]
    ring.append({"again": ring})
    assert names(ring=ring) == ["ring[0]"]
    model = nn.Linear(1, 1, bias=False)
    model.itself = model
    assert names(m=model) == ["m.weight"]


def test_one_list_under_two_names_appears_under_both():
    inner = [torch.ones(1)]
    assert names(outer=[inner, inner]) == ["outer[0][0]", "outer[1][0]"]


def test_deep_nesting_is_no_recursion():
    nested = torch.ones(1)
    for _ in range(5000):
        nested = [nested]
    assert len(names(n=nested)) == 1


class Hostile:
    def __getattr__(self, name):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")


class Agreeable:
    def __getattr__(self, name):
        return 7


class Lazy(Mapping):
    def __init__(self, fails_at):
        self.fails_at = fails_at

    def __len__(self):
        return 2

    def __iter__(self):
        return iter(["a", "b"])

    def __getitem__(self, key):
        if key == self.fails_at:
            raise OSError("gone")
        return torch.ones(1)


@dataclass
class Guarded:
    good: torch.Tensor
    bad: torch.Tensor

    def __getattribute__(self, name):
        if name == "bad":
            raise ValueError("not now")
        return super().__getattribute__(name)


def test_objects_that_raise_or_have_an_answer_to_everything_break_nothing():
    x = torch.ones(1)
    assert names(a=[Hostile(), x, Agreeable()]) == ["a[1]"]
    assert names(a=Lazy("b"), b=x) == ['a["a"]', "b"]
    assert names(a=[Lazy("a"), x]) == ["a[1]"]
    assert names(g=Guarded(x, x)) == ["g.good"]


def test_a_deepcopy_and_a_parameter_without_value_are_walked():
    model = nn.Linear(2, 1)
    model.register_parameter("nothing", None)
    assert names(m=copy.deepcopy(model)) == ["m.weight", "m.bias"]


def test_a_parameter_that_is_no_leaf_is_not_asked_for_its_gradient():
    model = nn.Module()
    model._parameters["made"] = torch.ones(1, requires_grad=True) * 2  # torch warns when `.grad` is read
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert names(m=model) == ["m.made"]
    assert warned == []


@pytest.mark.parametrize("make", [nn.LazyLinear, nn.LazyConv2d])
def test_lazy_modules_are_walked_before_their_first_forward(make):
    module = make(3, 1) if make is nn.LazyConv2d else make(3)
    assert names(m=module) == ["m.weight", "m.bias"]
