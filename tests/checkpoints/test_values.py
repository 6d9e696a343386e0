"""Plain values come back as they were."""

from __future__ import annotations

import math
import random
import struct
import subprocess
import sys
from collections import Counter, OrderedDict, defaultdict

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from trained import folder_bytes, raw, same

import retorch
from retorch.errors import CheckpointUnsupported, UsageError

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(2**200), max_value=2**200)
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text()
    | st.binary(max_size=20)
)
keys = scalars | st.tuples(st.integers(), st.text()) | st.frozensets(st.integers(), max_size=3)
values = st.recursive(
    scalars | st.sets(st.integers() | st.text(), max_size=4) | st.frozensets(st.integers(), max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(keys, inner, max_size=4)
        | st.dictionaries(st.text(), inner, max_size=4).map(OrderedDict)
        | st.dictionaries(st.sampled_from(["$tuple", "$", "a"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(value=values)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_nested_plain_value_comes_back_the_same(tmp_path, value):
    assert same(round_trip(tmp_path, value), value)


@pytest.mark.parametrize(
    "value",
    [
        Counter({"b": 2, "a": 1}),
        defaultdict(list, {"x": [1]}),
        defaultdict(None, {1: 2}),
        torch.Size([2, 3]),
        torch.bfloat16,
        torch.device("cuda:1"),
        slice(1, None, 2),
        bytearray(b"abc"),
        10**5000,
        -0.0,
        math.inf,
        "\ud83d\ude00",
        "\N{GRINNING FACE}",
        {"\ud800": 1, 1: 2, True is False: 3},
        {1.5: "a", None: "b", (1, ("x",)): "c"},
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_of_each_kind_comes_back_the_same(tmp_path, value):
    assert same(round_trip(tmp_path, value), value)


@pytest.mark.parametrize("bits", [0x7FF8000000000000, 0xFFF8000000000000, 0x7FF8000000000123])
def test_the_bits_of_a_nan_are_kept(tmp_path, bits):
    value = struct.unpack(">d", bits.to_bytes(8, "big"))[0]
    assert struct.pack(">d", round_trip(tmp_path, value)) == bits.to_bytes(8, "big")


def test_the_parts_of_a_complex_number_are_kept(tmp_path):
    value = round_trip(tmp_path, complex(-0.0, math.nan))
    assert math.copysign(1, value.real) == -1
    assert math.isnan(value.imag)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float64(0.1), 0.1),
        (np.float32(0.1), float(np.float32(0.1))),
        (np.int8(-3), -3),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.complex64(1 + 2j), 1 + 2j),
    ],
)
def test_a_numpy_scalar_becomes_a_python_number(tmp_path, value, plain):
    assert same(round_trip(tmp_path, {"x": value})["x"], plain)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.arange(6)[::-1],
        np.arange(6, dtype=">i4"),
        np.array(["ab", "\N{SNOWMAN}"]),
        np.array(["2020-01-01", "NaT"], dtype="datetime64[D]"),
        np.array(3.5),
        np.zeros((0, 4), dtype=np.uint16),
        np.array([True, False]),
        np.array([1, 2], dtype=np.longdouble),
        np.array(["x"])[0:0],
        np.broadcast_to(np.float16(2), (3, 2)),
    ],
    ids=lambda array: f"{array.dtype.str}{array.shape}",
)
def test_a_numpy_array_comes_back_as_one(tmp_path, array):
    back = round_trip(tmp_path, [array])[0]
    assert type(back) is np.ndarray
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert np.array_equal(back, array, equal_nan=array.dtype.kind in "fM")


@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState, random.Random])
def test_a_generator_draws_what_it_would_have_drawn_next(tmp_path, make):
    generator, other = make(7), make(8)
    generator.random()
    retorch.save(tmp_path / "c", rng=generator)
    expected = [generator.random() for _ in range(5)]
    assert retorch.load(tmp_path / "c", rng=other) == {}
    assert [other.random() for _ in range(5)] == expected


@pytest.mark.parametrize("bits", [np.random.MT19937, np.random.Philox, np.random.SFC64, np.random.PCG64DXSM])
def test_every_bit_generator_of_numpy_is_carried(tmp_path, bits):
    generator, other = np.random.Generator(bits(7)), np.random.Generator(bits(8))
    generator.integers(5, dtype=np.int32)
    retorch.save(tmp_path / "c", rng=generator)
    retorch.load(tmp_path / "c", rng=other)
    assert generator.random() == other.random()


def test_a_torch_generator_is_carried(tmp_path):
    generator, other = torch.Generator().manual_seed(7), torch.Generator()
    torch.rand(3, generator=generator)
    retorch.save(tmp_path / "c", rng=generator)
    retorch.load(tmp_path / "c", rng=other)
    assert torch.equal(torch.rand(4, generator=generator), torch.rand(4, generator=other))


def test_a_generator_of_another_algorithm_is_refused(tmp_path):
    retorch.save(tmp_path / "c", rng=np.random.Generator(np.random.Philox(7)))
    with pytest.raises(retorch.RetorchError, match=r"saved from Philox and cannot continue in PCG64"):
        retorch.load(tmp_path / "c", rng=np.random.default_rng())


DTYPES = sorted({d for d in vars(torch).values() if isinstance(d, torch.dtype) and not str(d).startswith("torch.q")},
                key=str)  # fmt: skip


@pytest.mark.filterwarnings("ignore:ComplexHalf support")
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_tensor_of_every_dtype_comes_back_to_the_bit(tmp_path, dtype):
    data = torch.randint(0, 2 if dtype == torch.bool else 256, (4 * 6 * dtype.itemsize,), dtype=torch.uint8)
    tensor = data.view(dtype).view(4, 6)
    value = {"whole": tensor, "scalar": tensor[0, 0], "empty": tensor[:0], "transposed": tensor.t()}
    assert same(round_trip(tmp_path, value), value)
    assert set(safetensors.torch.load_file(tmp_path / "c" / "value.safetensors")) == set(value)


@given(data=st.data(), shape=st.lists(st.integers(0, 4), max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_strides_of_dense_tensors_are_restored(tmp_path, data, shape):
    tensor = torch.arange(math.prod(shape), dtype=torch.float32).reshape(shape)
    tensor = tensor.permute(data.draw(st.permutations(range(len(shape)))))
    assert same(round_trip(tmp_path, tensor), tensor)


def test_odd_strides_of_axes_of_one_are_restored(tmp_path):
    tensor = torch.rand(2, 1, 3, 1).to(memory_format=torch.channels_last)
    assert same(round_trip(tmp_path, tensor), tensor)
    tensor = torch.rand(6).as_strided((6, 1), (1, 77))
    assert round_trip(tmp_path, tensor).stride() == tensor.clone().stride()


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(3.0).expand(4, 3),
        torch.arange(12.0)[::2],
        torch.rand(5, 6)[1:4, ::3],
        torch.tensor([1 + 2j, 3 - 1j]).conj(),
        torch.tensor([1 + 2j, 3 - 1j]).conj().imag,
        torch.rand(3, requires_grad=True) * 2,
        nn.Parameter(torch.rand(2)),
    ],
    ids=["expanded", "gaps", "gaps in two axes", "conj bit", "neg bit", "with a graph", "parameter"],
)
def test_views_come_back_as_tensors_of_their_own(tmp_path, tensor):
    back = round_trip(tmp_path, tensor)
    assert type(back) is torch.Tensor
    assert not back.requires_grad
    assert raw(back) == raw(tensor.detach())
    assert back.stride() == torch.empty_like(tensor).stride()


def test_restored_tensors_own_fresh_memory_and_can_be_changed_after_the_file_is_gone(tmp_path):
    retorch.save(tmp_path / "c", x=torch.ones(1000), y=torch.ones(3, dtype=torch.uint8))
    values = retorch.load(tmp_path / "c")
    before = folder_bytes(tmp_path / "c")
    values["x"].add_(1)
    assert folder_bytes(tmp_path / "c") == before
    assert values["x"].data_ptr() % 64 == 0
    assert values["y"].untyped_storage().nbytes() == 3


def test_tied_tensors_are_written_once_and_come_back_as_one(tmp_path):
    table = torch.rand(100, 10)
    retorch.save(tmp_path / "c", value={"in": table, "out": table, "rows": table[:50], "also": table.view(100, 10)})
    back = retorch.load(tmp_path / "c")["value"]
    assert back["in"] is back["out"] is back["also"]
    assert back["rows"] is not back["in"]
    assert torch.equal(back["rows"], table[:50])
    assert (tmp_path / "c" / "value.safetensors").stat().st_size < 1.6 * table.nbytes + 1000


def test_empty_tensors_are_not_taken_for_tied(tmp_path):
    value = {"a": torch.empty(0), "b": torch.empty(0), "c": torch.empty(0, 3, dtype=torch.int8)}
    back = round_trip(tmp_path, value)
    assert same(back, value)
    assert back["a"] is not back["b"]


@pytest.mark.filterwarnings(
    "ignore:Sparse", "ignore:torch.quantize_per_tensor", "ignore:TypedStorage", "ignore:The PyTorch API of nested"
)
def test_sparse_quantized_and_nested_tensors_come_back(tmp_path):
    value = {
        "coo": torch.eye(3).to_sparse(),
        "csr": torch.eye(3).to_sparse_csr(),
        "quantized": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        "nested": torch.nested.nested_tensor([torch.ones(2), torch.zeros(3)]),
        "dense": torch.ones(2),
    }
    back = round_trip(tmp_path, value)
    assert back["coo"].is_sparse
    assert torch.equal(back["coo"].to_dense(), torch.eye(3))
    assert back["csr"].layout is torch.sparse_csr
    assert torch.equal(back["csr"].to_dense(), torch.eye(3))
    assert back["quantized"].is_quantized
    assert torch.equal(back["quantized"].int_repr(), value["quantized"].int_repr())
    assert [t.tolist() for t in back["nested"].unbind()] == [[1, 1], [0, 0, 0]]
    assert torch.load(tmp_path / "c" / "other.pt", weights_only=True)["value"].keys() == {
        "coo",
        "csr",
        "quantized",
        "nested",
    }


def test_names_that_collide_stay_apart(tmp_path):
    zero, one, two, three, four, five = torch.arange(6.0).split(1)
    value = {"a.b": zero, "a": {"b": one}, "__metadata__": two, 1: three, "1": four, "format": five}
    assert same(round_trip(tmp_path, value), value)
    assert len(safetensors.torch.load_file(tmp_path / "c" / "value.safetensors")) == 6


class Holder:
    def __init__(self, inside):
        self.inside = inside

    def state_dict(self):
        return {"lr_lambdas": [self.inside]}

    def load_state_dict(self, state):
        self.inside = state["lr_lambdas"][0]


cycle: list = []
cycle.append(cycle)


def a_function(): ...


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        (a_function, r"part 'part' holds the function a_function at lr_lambdas\[0\], which cannot be read back"),
        (lambda: 0, r"holds the function <lambda> at lr_lambdas\[0\], which cannot be pickled"),
        (nn.Linear, r"holds the class Linear at lr_lambdas\[0\], which cannot be read back"),
        (nn.Linear(1, 1), r"holds a Linear at lr_lambdas\[0\], which has a state of its own. Give it a name"),
        (Holder(1), r"holds a Holder at lr_lambdas\[0\], which has a state"),
        (cycle, r"a list at lr_lambdas\[0\]\[0\], which contains itself"),
        (torch.empty(2, device="meta"), r"a Tensor at lr_lambdas\[0\], which is on the meta device"),
        (nn.UninitializedParameter(), r"an UninitializedParameter at lr_lambdas\[0\], which has no shape yet"),
        (np.array([object()]), r"a ndarray at lr_lambdas\[0\], which has dtype object"),
        (defaultdict(lambda: 0), r"the function .*<lambda> at lr_lambdas\[0\], which makes the defaults"),
        ({"x": {torch.ones(1)}}, r"a Tensor at lr_lambdas\[0\].x, which is an element of a set or a key"),
        (object(), r"an object at lr_lambdas\[0\], which cannot be read back"),
    ],
)  # fmt: skip
def test_what_only_code_could_read_back_is_refused_with_its_place(tmp_path, inside, message):
    with pytest.raises(CheckpointUnsupported, match=message) as raised:
        retorch.save(tmp_path / "c", good=torch.ones(2), part=Holder(inside))
    assert str(raised.value).endswith("Nothing was written")
    assert list(tmp_path.iterdir()) == []


def test_a_value_nested_too_deeply_is_refused(tmp_path):
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(CheckpointUnsupported, match="part 'deep' holds a list, which is nested too deeply"):
        retorch.save(tmp_path / "c", deep=deep)
    while deep:  # unwound by hand: the collector would recurse
        deep = deep.pop()


@pytest.mark.parametrize("name", ["../x", "", "a b", "1st", "a/b", ".hidden", "device", "only", "strict", "x" * 101])
def test_a_part_name_that_cannot_be_a_file_or_an_argument_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="a part cannot be named"):
        retorch.save(tmp_path / "c", **{name: 1})


def test_part_names_that_differ_in_case_only_are_refused(tmp_path):
    with pytest.raises(UsageError, match="'Model' and 'model' differ in upper and lower case only"):
        retorch.save(tmp_path / "c", Model=1, model=2)


def test_nothing_to_save_is_refused(tmp_path):
    with pytest.raises(UsageError, match="nothing to save"):
        retorch.save(tmp_path / "c")


SAVE_THE_SAME = """
import sys, torch, numpy as np, warnings
warnings.simplefilter("ignore")
import retorch
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
optimizer = torch.optim.Adam(model.parameters())
model(torch.rand(5, 3)).sum().backward()
optimizer.step()
junk = [object() for _ in range(int(sys.argv[2]))]
text = "".join(["cp", "u"])
parts = {"model": model, "optimizer": optimizer, "rng": np.random.default_rng(3),
         "plain": {"set": {"a", "b", "c", "zz", "y"}, "text": [text, "cpu"], "sparse": torch.eye(3).to_sparse(),
                   "frozen": frozenset(map(str, range(20)))}}
if int(sys.argv[2]) % 2:
    parts = dict(reversed(parts.items()))
retorch.save(sys.argv[1], **parts)
"""


def test_equal_states_of_different_processes_give_equal_bytes(tmp_path):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SAVE_THE_SAME, tmp_path / number, number], env={"PYTHONHASHSEED": number}
        )
        for number in ("1", "1000")
    ]
    assert [process.wait() for process in processes] == [0, 0]
    first, second = folder_bytes(tmp_path / "1"), folder_bytes(tmp_path / "1000")
    assert first.keys() == {"model.safetensors", "optimizer.safetensors", "state.json", "other.pt"}
    assert first == second


def test_nothing_needs_pickle_where_all_is_plain(tmp_path, training):
    retorch.save(tmp_path / "c", **training.parts(), rng=np.random.default_rng(1), epoch=3)
    assert {path.suffix for path in (tmp_path / "c").iterdir()} == {".json", ".safetensors"}


def round_trip(tmp_path, value):
    retorch.save(tmp_path / "c", value=value)
    return retorch.load(tmp_path / "c")["value"]
