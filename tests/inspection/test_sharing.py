"""Who shares memory with whom, and who really overlaps."""

import copy
import gc
import json
import re
import warnings
import weakref
import xml.etree.ElementTree as ET
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

import retorch
from retorch.errors import UsageError


def groups(memory):
    return [sorted(group) for group in memory.groups]


def trained():
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(3, 4)).sum().backward()
    optimizer.step()
    return model, optimizer


def test_two_rows_share_their_storage_and_no_element():
    x = torch.arange(6.0).view(2, 3)
    memory = retorch.sharing(x=x, top=x[0], bottom=x[1], column=x[:, 1], copy=x.clone())
    assert memory.groups == (frozenset({"x", "top", "bottom", "column"}), frozenset({"copy"}))
    assert memory.shared == memory.groups[:1]
    assert not memory.overlaps("top", "bottom")
    assert memory.overlaps("top", "column")
    assert memory.common_bytes("top", "column") == 4
    assert memory.common_bytes("x", "column") == 8
    assert memory.common_bytes("x", "copy") == 0


def test_groups_come_in_the_order_of_naming():
    x, y = torch.ones(4), torch.ones(4)
    memory = retorch.sharing(b=y, a=x, d=x[1:], c=y[2:], e=torch.ones(1))
    assert groups(memory) == [["b", "c"], ["a", "d"], ["e"]]
    assert list(memory.members) == ["b", "a", "d", "c", "e"]


def test_arrays_buffers_and_tensors_of_any_dtype_on_the_same_bytes_are_one_group():
    raw = bytearray(32)
    array = np.frombuffer(raw, np.float32)
    memory = retorch.sharing(
        raw=raw, array=array, view=memoryview(raw)[::-4], half=torch.frombuffer(raw, dtype=torch.float16)[8:],
        backwards=array[::-1][:2], first=torch.from_numpy(array)[:2],
    )  # fmt: skip
    assert len(memory.groups) == 1
    assert memory.overlaps("half", "backwards")
    assert not memory.overlaps("half", "first")
    assert memory.common_bytes("raw", "view") == 8


def test_two_tensors_made_from_one_array_have_two_storages_and_one_block():
    array = np.zeros(6)
    left, right = torch.from_numpy(array), torch.from_numpy(array[2:])
    lent = torch.utils.dlpack.from_dlpack(left)
    assert left.untyped_storage()._cdata != right.untyped_storage()._cdata != lent.untyped_storage()._cdata
    memory = retorch.sharing(left=left, right=right, lent=lent)
    assert len(memory.groups) == 1
    assert memory.common_bytes("left", "right") == 32


def test_disjoint_pieces_are_joined_by_what_spans_them_in_any_order():
    array = np.zeros(8, np.uint8)
    low, high = torch.from_numpy(array[:3]), torch.from_numpy(array[5:])
    assert len(retorch.sharing(low=low, high=high).groups) == 2  # as far as two storages can tell
    for named in ({"low": low, "high": high, "all": array}, {"all": array, "high": high, "low": low}):
        memory = retorch.sharing(named)
        assert len(memory.groups) == 1
        assert not memory.overlaps("low", "high")


def test_neighbours_that_only_touch_are_apart():
    array = np.zeros(8, np.uint8)
    touching = torch.from_numpy(array[:4]), torch.from_numpy(array[4:])
    assert len(retorch.sharing(left=touching[0], right=touching[1]).groups) == 2


def test_empty_tensors_are_with_their_storage_and_overlap_nothing():
    x = torch.ones(4)
    memory = retorch.sharing(x=x, tail=x[4:], none=torch.empty(0), other=torch.empty(0), array=np.empty((0, 3)))
    assert groups(memory) == [["tail", "x"], ["none"], ["other"], ["array"]]
    assert not memory.overlaps("x", "tail")
    assert not memory.overlaps("tail", "tail")
    assert memory.common_bytes("x", "tail") == 0


def test_meta_and_fake_tensors_are_compared_within_their_storage():
    meta, other = torch.empty(4, 4, device="meta"), torch.empty(4, 4, device="meta")
    with FakeTensorMode():
        fake = torch.empty(4, 4)
        row = fake[1]
    memory = retorch.sharing(meta=meta, row=meta[0], column=meta[1:, 0], other=other, fake=fake, fake_row=row)
    assert groups(memory) == [["column", "meta", "row"], ["other"], ["fake", "fake_row"]]
    assert memory.overlaps("meta", "row")
    assert not memory.overlaps("row", "column")
    assert not memory.overlaps("meta", "other")
    assert memory.overlaps("fake", "fake_row")


def test_a_tensor_of_several_pieces_ties_their_groups_together():
    indices, values = torch.tensor([[0, 2]]), torch.ones(2)
    sparse = torch.sparse_coo_tensor(indices, values, (4,), check_invariants=False)
    memory = retorch.sharing(sparse=sparse, values=values, indices=indices)
    assert groups(memory) == [["indices", "sparse", "values"]]
    assert memory.overlaps("sparse", "values")
    assert not memory.overlaps("values", "indices")
    assert "sparse._values()" in str(memory)


def test_what_has_no_memory_to_ask_for_is_said_and_fails_nobody_else():
    x, closed = torch.ones(2), torch.ones(2).to_mkldnn()
    memory = retorch.sharing(x=x, y=x[:1], closed=closed, again=closed, lazy=nn.LazyLinear(2).weight)
    assert groups(memory) == [["x", "y"], ["again", "closed"], ["lazy"]]
    assert "closed: not for this kind of object: mkldnn tensors do not show their memory" in str(memory)
    with pytest.raises(UsageError, match="the memory of lazy cannot be compared: it has no memory before the first"):
        memory.overlaps("x", "lazy")
    assert memory.overlaps("x", "y")


def test_tied_parameters_are_found():
    model = nn.ModuleDict({"embed": nn.Embedding(5, 3), "out": nn.Linear(3, 5, bias=False)})
    model["out"].weight = model["embed"].weight
    memory = retorch.sharing(model=model)
    assert groups(memory) == [["model.embed.weight", "model.out.weight"]]


def test_a_state_dict_aliases_the_live_weights_and_a_deepcopy_does_not():
    model, _ = trained()
    best, kept = model.state_dict(), copy.deepcopy(model.state_dict())
    memory = retorch.sharing(model=model, best=best, kept=kept)
    assert memory.overlaps("model", "best")
    assert not memory.overlaps("model", "kept")
    assert memory.common_bytes("model", "best") == sum(tensor.nbytes for tensor in best.values())
    text = " ".join(str(memory).split())
    assert "best aliases the live weights of model: 4 of 4 tensors, so training changes it; copy.deepcopy" in text
    assert "kept shares no memory with model" in text
    assert "kept shares no memory with best" in text


def test_an_optimizer_holds_the_weights_and_one_made_before_a_copy_does_not():
    model, optimizer = trained()
    memory = retorch.sharing(optimizer=optimizer, model=model, other=copy.deepcopy(model))
    assert "optimizer holds the live weights of model: 4 of 16 tensors" in str(memory)
    assert "optimizer shares no memory with other" in str(memory)
    assert memory.overlaps("optimizer.params[model.0.weight]", "model.0.weight")
    assert not memory.overlaps("optimizer.state[model.0.weight].exp_avg", "model")
    for named in ({"optimizer": optimizer, "saved": optimizer.state_dict()},
                  {"saved": optimizer.state_dict(), "optimizer": optimizer}):  # fmt: skip
        text = " ".join(str(retorch.sharing(named)).split())
        assert "saved aliases what optimizer holds: 12 of 12 tensors, so training changes it; copy.deepcopy" in text


def test_gradients_and_buffers_are_not_called_weights():
    model = nn.BatchNorm1d(3)
    model(torch.ones(2, 3)).sum().backward()
    text = str(retorch.sharing(model=model, grads=[p.grad for p in model.parameters()], copies=[torch.ones(1)]))
    assert "grads aliases the gradients of model: 2 of 2 tensors" in text
    assert "copies shares no memory with model" in text


def test_parts_of_one_storage_in_two_containers_share_without_an_element():
    data = torch.zeros(4, 6)
    text = str(retorch.sharing(train=[data[:2]], valid=[data[2:]]))
    assert "valid shares memory with train, not one element: 1 of 1 tensors" in text


def test_flat_buffers_of_gradients_are_found_in_the_model():
    model = nn.Linear(3, 2)
    flat = torch.zeros(8)
    model.weight.grad, model.bias.grad = flat[:6].view(2, 3), flat[6:]
    memory = retorch.sharing(model=model, flat=flat)
    assert memory.common_bytes("flat", "model.weight.grad") == 24
    assert memory.common_bytes("flat", "model") == 32


def test_names_that_are_no_identifiers_go_in_a_mapping():
    x = torch.ones(2)
    memory = retorch.sharing({"my x": x, "x[0]": x[0]}, named=x)
    assert groups(memory) == [["my x", "named", "x[0]"]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: retorch.sharing(), r"sharing needs something to look at: sharing\(x=x, y=y\)"),
        (lambda: retorch.sharing(torch.ones(1)), r"needs a name for each thing: sharing\(x=...\), not a Tensor alone"),
        (lambda: retorch.sharing({1: torch.ones(1)}), "a name must be a string, not int"),
        (lambda: retorch.sharing({"x": torch.ones(1)}, x=torch.ones(1)), "x is given twice"),
        (lambda: retorch.sharing(x=torch.ones(1), n=3), r"n \(int\) holds no tensor, array or buffer"),
        (lambda: retorch.sharing(net=nn.ReLU()), r"net \(ReLU\) holds no tensor, array or buffer; give tensors"),
        (
            lambda: retorch.sharing({"b": [torch.ones(1)], "b[0]": torch.ones(1)}),
            r"two things would be called b\[0\]; give one of them another name",
        ),
        (
            lambda: retorch.sharing(weight=torch.ones(1)).overlaps("weight", "weihgt"),
            "nothing in this map is called 'weihgt'; did you mean weight",
        ),
        (
            lambda: retorch.sharing(x=torch.ones(1)).overlaps("something", "x"),
            "nothing in this map is called 'something'; the first names are x",
        ),
    ],
)
def test_wrong_use_says_what_to_do(call, message):
    with pytest.raises(UsageError, match=message):
        call()


def test_strides_that_are_too_hard_are_said_to_be():
    generator = np.random.default_rng(4)
    shape = tuple(generator.integers(3, 6, 12).tolist())

    whole = torch.empty(10**10, dtype=torch.uint8, device="meta")
    strides = [tuple((generator.integers(10**6, 10**8, 12) * 6).tolist()) for _ in range(2)]
    named = {f"x{i}": whole.as_strided(shape, steps, i * 12_345_678) for i, steps in enumerate(strides)}
    memory = retorch.sharing(named)
    with pytest.raises(UsageError, match="whether x0 and x1 overlap is too hard to decide"):
        memory.overlaps("x0", "x1")


def test_the_card_shows_a_strip_and_who_overlaps():
    x = torch.arange(12.0).view(3, 4)
    lines = str(retorch.sharing(x=x, turned=x.t(), last=x[2], first=x[0], alone=torch.ones(1))).splitlines()
    assert lines[:3] == ["5 names: 4 share memory in 1 group, 1 alone", "", "48 bytes on cpu"]
    (turned,) = (line for line in lines if line.startswith("turned"))
    assert turned.endswith("float32 [4, 3], strides [1, 4]")
    text = " ".join(" ".join(lines).split())
    assert "overlap: x and turned (48 bytes), x and last (16 bytes), x and first (16 bytes), turned and last" in text
    assert "no common element: last and first" in text
    assert lines[-1] == "alone: alone"


def test_names_that_all_see_the_same_bytes_are_not_listed_pair_by_pair():
    x = torch.ones(4)
    assert "all of them have the same 16 bytes in common" in str(retorch.sharing(a=x, b=x.numpy(), c=x.view(2, 2)))


def test_a_card_of_names_that_share_nothing_is_one_line():
    text = str(retorch.sharing(a=torch.ones(2), b=torch.ones(2)))
    assert text == "2 names, no two on the same memory"


def test_the_card_of_a_large_map_is_short():
    base = torch.zeros(300, 300)
    text = str(retorch.sharing(rows=list(base), columns=list(base.t()), others=[torch.ones(2) for _ in range(300)]))
    assert "900 names: 600 share memory in 1 group, 300 alone" in text
    assert "columns aliases rows: 300 of 300 tensors" in text
    assert "the first 6 of 600 names" in text
    assert "no two of them have an element in common" in text
    assert "and 292 more" in text
    assert len(text) < 3000
    assert max(map(len, text.splitlines())) <= 80


def test_the_card_fits_a_narrow_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    x = torch.zeros(4, 4)
    text = str(retorch.sharing(x=x, columns=x[:, ::2], first_row_of_it=x[0]))
    assert max(map(len, text.splitlines())) <= 50


def test_inside_a_compiled_function_the_real_tensors_are_looked_at():
    @torch.compile(backend="eager")
    def compiled(x):
        memory = retorch.sharing(x=x, row=x[0], copy=x.clone())
        return x + len(memory.groups)

    x = torch.zeros(2, 3)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert compiled(x).unique().tolist() == [2]
    assert not [warning for warning in heard if "Dynamo does not know" in str(warning.message)]


def test_groups_beyond_a_few_are_counted():
    pairs = [torch.ones(2) for _ in range(8)]
    text = str(retorch.sharing(a=pairs, b=list(pairs), big=[pairs[3]]))
    assert text.index("a[3]") < text.index("a[0]")  # the largest group first
    assert "and 3 more groups of 6 names" in text


def test_the_drawing_names_everybody_and_is_written_to_a_file(tmp_path):
    x = torch.arange(12.0).view(3, 4)
    memory = retorch.sharing(x=x, columns=x[:, ::2], array=x.numpy()[::-1])
    memory.svg(tmp_path / "memory.svg")
    text = (tmp_path / "memory.svg").read_text()
    assert text == memory._repr_svg_()
    assert ET.fromstring(text).tag.endswith("svg")
    for name in ("x", "columns", "array"):
        assert re.search(rf">{name}<", text), name
    with pytest.raises(UsageError, match=r"memory\.png ends in '\.png'"):
        memory.svg(tmp_path / "memory.png")


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_anything_can_be_shown_and_drawn_and_turned_into_json():
    x = torch.ones(4)
    memory = retorch.sharing(
        x=x, tail=x[4:], other=torch.empty(0), closed=x.to_mkldnn(), sparse=torch.eye(3).to_sparse(), meta=x.to("meta"),
        quantized=torch.quantize_per_tensor(x, 0.1, 0, torch.quint8), scalar=torch.tensor(1), array=np.zeros((2, 0)),
        void=np.zeros(3, "V0"), bits=torch.ones(2, dtype=torch.complex64).conj(), wide=x[:1].expand(10**6),
    )  # fmt: skip
    assert str(memory)
    assert ET.fromstring(memory._repr_svg_()).tag.endswith("svg")
    data = json.loads(json.dumps(memory.to_dict()))
    assert [set(group) for group in data["groups"]] == list(memory.groups)
    assert data["members"]["closed"]["reason"] == "mkldnn tensors do not show their memory"
    assert data["members"]["wide"]["bytes_seen"] == 4 * 10**6


def test_the_data_holds_offsets_and_pairs():
    x = torch.arange(6.0)
    data = retorch.sharing(x=x, tail=x[2:]).to_dict()
    assert data["groups"] == [["x", "tail"]]
    assert data["blocks"] == [{"bytes": 24}]
    assert data["pairs"] == [{"left": "x", "right": "tail", "overlaps": True, "common_bytes": 16}]
    assert data["members"]["tail"]["pieces"][0] == {
        "label": "", "block": 0, "offset": 8, "dtype": "float32", "device": "cpu", "shape": [4], "byte_strides": [4],
        "itemsize": 4,
    }  # fmt: skip


SLICES = st.tuples(st.integers(-7, 7), st.integers(-7, 7), st.integers(-3, 3).filter(bool)).map(lambda s: slice(*s))


@given(st.lists(st.tuples(SLICES, SLICES, st.booleans()), min_size=2, max_size=6))
@settings(max_examples=100)
def test_a_map_of_views_agrees_with_numpy(cuts):
    base = np.zeros((6, 7), np.int32)
    views = {
        f"v{number}": base[rows, columns].T if turn else base[rows, columns]
        for number, (rows, columns, turn) in enumerate(cuts)
    }
    memory = retorch.sharing({"base": base, **views})
    assert len(memory.groups) == 1
    for left, right in product(views, repeat=2):
        assert memory.overlaps(left, right) == np.shares_memory(views[left], views[right])
        both, again = np.zeros_like(base), np.zeros_like(base)
        place(both, base, views[left])[...] = 1
        place(again, base, views[right])[...] = 1
        assert memory.common_bytes(left, right) == 4 * int((both & again).sum())


def place(memory, base, view):
    offset = view.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    if not view.size:
        return memory[:0]
    return np.ndarray(view.shape, view.dtype, memory, offset, view.strides)


class Watch(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.seen.append(function)
        return function(*args, **(kwargs or {}))


def test_looking_computes_nothing_changes_nothing_and_keeps_nothing():
    model, optimizer = trained()
    x = torch.ones(3, requires_grad=True)
    things = {
        "model": model, "optimizer": optimizer, "x": x, "y": x * 2, "array": np.ones(3),
        "sparse": torch.eye(2).to_sparse(),
    }  # fmt: skip
    versions = [parameter._version for parameter in model.parameters()]
    gradients = [parameter.grad.clone() for parameter in model.parameters()]
    with Watch() as watch:
        memory = retorch.sharing(things)
        assert str(memory)
        assert memory.overlaps("model", "optimizer")
    assert watch.seen == []
    assert [parameter._version for parameter in model.parameters()] == versions
    assert all(map(torch.equal, gradients, (parameter.grad for parameter in model.parameters())))
    assert x.grad is None
    dead = [weakref.ref(thing) for thing in things.values()]
    del model, optimizer, x, things
    gc.collect()
    assert [ref() for ref in dead] == [None] * len(dead)
    assert memory.overlaps("x", "x")


def test_a_bytearray_can_grow_again_after_it_was_looked_at():
    raw = bytearray(8)
    assert retorch.sharing(raw=raw, same=raw).overlaps("raw", "same")
    raw.extend(b"more")  # BufferError while somebody holds its memory


def test_inside_vmap_and_grad_the_memory_is_that_of_the_tensors_outside():
    outside, seen = torch.ones(2, 3), []

    def function(x):
        seen.append(retorch.sharing(inside=x, outside=outside, half=x[:1]).shared)
        return (x * 2).sum()

    torch.func.vmap(torch.func.grad(function))(outside)
    assert seen == [(frozenset({"inside", "outside", "half"}),)]


def test_many_containers_get_lines_only_where_they_share():
    alone = {f"batch{number}": [torch.ones(1)] for number in range(500)}
    assert str(retorch.sharing(alone)) == "500 names, no two on the same memory"
    text = str(retorch.sharing(alone, again={"x": alone["batch7"][0]}))
    assert "again aliases batch7: 1 of 1 tensors" in text
    assert "batch8" not in text.partition("alone:")[0]
    x = torch.ones(1)
    assert "and more pairs like these" in str(retorch.sharing({f"batch{number}": [x] for number in range(500)}))


def test_a_card_of_more_elements_than_can_be_listed_says_so_soon():
    base = torch.empty(60_000, 60_000, device="meta")
    columns = [base[:, column] for column in range(200)]
    text = str(retorch.sharing(rows=[base[row] for row in range(200)], columns=columns))
    assert "columns aliases rows: 200 of 200 tensors" in text  # of the columns only what lies on these rows is listed
    memory = retorch.sharing(columns=columns, rows=[base[row, ::2] for row in range(1, 400, 2)])
    text = " ".join(str(memory).split())
    assert "rows shares memory with columns: 200 of 200 tensors; which overlap, there are too many to say" in text
    assert memory.overlaps("columns[2]", "rows[0]")
    assert not memory.overlaps("columns[1]", "rows[0]")


def test_a_count_that_was_not_finished_is_called_a_least():
    base = torch.empty(30_000, 30_000, device="meta")
    rows = [base[row * 100] for row in range(200)]
    text = str(retorch.sharing(rows=rows, columns=[base[:, ::2], *rows[:1]]))
    assert "columns aliases rows: at least 1 of 2 tensors" in text
