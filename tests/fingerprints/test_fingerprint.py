"""Fingerprints of tensors: of every kind, by value and never by layout."""

import gc
import weakref

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from xxhash import xxh3_64_intdigest

from retorch.errors import UsageError
from retorch.fingerprints import algorithm_of, can_fingerprint, fingerprint, fingerprint_bytes

OF_VALUES = [
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.uint16, torch.int32, torch.uint32, torch.int64, torch.uint64,
    torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex32, torch.complex64, torch.complex128,
    torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz, torch.float8_e8m0fnu,
    torch.float4_e2m1fn_x2, torch.bits8, torch.bits16, torch.uint1, torch.uint4, torch.int4, torch.int7,
]  # fmt: skip
pytestmark = [
    pytest.mark.filterwarnings("ignore:ComplexHalf support is experimental"),
    pytest.mark.filterwarnings("ignore:.*quantized tensor creation functions.*deprecated"),
    pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors"),
    pytest.mark.filterwarnings("ignore:Sparse (CSR|CSC|BSR|BSC) tensor support"),
]


def random_tensor(dtype, *shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    if dtype is torch.bool:
        return torch.rand(shape, generator=generator) < 0.5
    raw = torch.randint(0, 256, (*shape, dtype.itemsize), dtype=torch.uint8, generator=generator)
    return raw.view(dtype).squeeze(-1)


@pytest.mark.parametrize("dtype", OF_VALUES)
def test_equal_by_value_whatever_the_layout(dtype):
    tensor = random_tensor(dtype, 4, 5, 6)
    told = fingerprint(tensor)
    assert 0 < told < 2**64
    spread = (
        torch.empty(4, 10, 6, dtype=torch.uint8)[:, ::2] if dtype.itemsize == 1 and dtype is not torch.bool else None
    )
    if spread is not None:
        spread.copy_(tensor.view(torch.uint8))
        assert fingerprint(spread.view(dtype)) == told
    assert fingerprint(tensor.permute(2, 0, 1)) != told
    raw = tensor.view(torch.uint8).clone()
    raw.view(-1)[-1] ^= 1
    assert fingerprint(raw.view(dtype)) != told


@pytest.mark.parametrize("dtype", OF_VALUES)
def test_equal_to_the_fingerprint_of_the_bytes(dtype):
    tensor = random_tensor(dtype, 3, 4)
    stored = tensor.view(torch.uint8).numpy().tobytes()
    assert fingerprint_bytes(stored, dtype, (3, 4)) == fingerprint(tensor)
    assert fingerprint_bytes(stored, dtype, torch.Size([3, 4])) == fingerprint(tensor)
    assert fingerprint_bytes(stored, dtype, (4, 3)) != fingerprint(tensor)


@given(st.lists(st.integers(0, 5), max_size=5), st.permutations(range(5)), st.booleans(), st.booleans())
def test_strides_do_not_count(shape, order, expanded, stepped):
    tensor = random_tensor(torch.float32, *shape)
    if stepped and shape:
        tensor = torch.stack([tensor, tensor + 1], -1)[..., 0]
    if expanded:
        tensor = tensor.unsqueeze(0).expand(3, *shape)
    viewed = tensor.permute([axis for axis in order if axis < tensor.dim()]) if tensor.dim() <= 5 else tensor
    assert fingerprint(viewed) == fingerprint(viewed.contiguous()) == fingerprint(viewed.clone())


@given(st.binary(max_size=256))
def test_it_is_xxh3_over_numpys_bytes_under_a_seed_of_dtype_and_shape(values):
    array = np.frombuffer(bytearray(values), dtype=np.uint8) if values else np.empty(0, np.uint8)
    seed = xxh3_64_intdigest(f"uint8[{len(values)}]".encode())
    assert fingerprint(torch.from_numpy(array)) == xxh3_64_intdigest(array.tobytes(), seed)


def test_memory_formats_do_not_count():
    image = torch.rand(2, 3, 8, 8)
    assert fingerprint(image.to(memory_format=torch.channels_last)) == fingerprint(image)
    assert fingerprint(image.permute(0, 2, 3, 1)) != fingerprint(image)


def test_large_tensors_that_lie_in_no_line_are_read_piece_by_piece(monkeypatch):
    monkeypatch.setattr("retorch.fingerprints._memory._PIECE", 7)
    tensor = torch.rand(4, 5, 6)
    for order in ((2, 0, 1), (1, 0, 2), (2, 1, 0)):
        viewed = tensor.permute(order)
        assert fingerprint(viewed) == fingerprint(viewed.contiguous())
    assert fingerprint(torch.ones(()).expand(100, 1000)) == fingerprint(torch.ones(100, 1000))


def test_conjugation_and_negation_that_torch_puts_off_are_seen():
    number = torch.tensor([1 + 2j, 3 - 4j])
    assert number.conj().is_conj()
    assert fingerprint(number.conj()) == fingerprint(number.conj().resolve_conj()) != fingerprint(number)
    for negated in (number.conj().imag, number[:1].conj().imag, number[0].conj().imag):
        assert negated.is_neg()
        assert fingerprint(negated) == fingerprint(negated.resolve_neg()) != fingerprint(-negated)


def test_minus_zero_and_the_payload_of_nan_count():
    assert fingerprint(torch.tensor([0.0])) != fingerprint(torch.tensor([-0.0]))
    nans = torch.tensor([0x7FC00000, 0x7FC00001, -0x400000], dtype=torch.int32).view(torch.float32)
    assert nans.isnan().all()
    assert len({fingerprint(nan) for nan in nans}) == 3


def test_dtype_and_shape_count():
    tensors = [
        torch.zeros(shape, dtype=dtype)
        for shape in ((), (1,), (1, 1), (0,), (0, 3), (3, 0), (4,), (2, 2))
        for dtype in (torch.float32, torch.int32, torch.uint32, torch.float64, torch.bool, torch.uint8)
    ]
    assert len({fingerprint(tensor) for tensor in tensors}) == len(tensors)


def test_zero_means_not_recorded_and_is_never_given(monkeypatch):
    from retorch.fingerprints import _memory, _ordered

    monkeypatch.setattr(_memory, "xxh3_64_intdigest", lambda *_: 0)
    assert fingerprint(torch.ones(3)) == 1
    assert _ordered.finish(5, 5) == 1


def test_gradients_classes_and_inference_do_not_count():
    tensor = torch.rand(3, 4)
    told = fingerprint(tensor)
    assert fingerprint(nn.Parameter(tensor.clone())) == told
    assert fingerprint(tensor.clone().requires_grad_() * 1) == told
    assert fingerprint(tensor.clone().requires_grad_().t().contiguous().t()) == told
    with torch.inference_mode():
        made = tensor.clone()
        assert fingerprint(made) == told
        assert fingerprint(made.t()) == fingerprint(tensor.t())
    assert fingerprint(made) == told
    assert fingerprint(made.t()) == fingerprint(tensor.t())
    assert fingerprint(tensor.as_subclass(Loud)) == told
    assert fingerprint(tensor.t().as_subclass(Loud)) == fingerprint(tensor.t())


class Loud(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        raise AssertionError(f"{function} was seen")


def test_a_dtensor_counts_as_what_this_process_holds():
    import torch.distributed as dist
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor import Shard, distribute_tensor

    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        tensor = torch.rand(4, 4, requires_grad=True)
        spread = distribute_tensor(tensor, init_device_mesh("cpu", (1,)), [Shard(0)])
        assert can_fingerprint(spread)
        assert fingerprint(spread) == fingerprint(tensor)
    finally:
        dist.destroy_process_group()


def quantized(scale=0.1, zero=3, dtype=torch.quint8):
    return torch.quantize_per_tensor(torch.arange(6.0).view(2, 3), scale, zero, dtype)


def by_channel(scales, axis=0, dtype=torch.qint8):
    zeros = torch.zeros(2, dtype=torch.float if dtype is torch.quint4x2 else torch.long)
    return torch.quantize_per_channel(torch.arange(4.0).view(2, 2), torch.tensor(scales), zeros, axis, dtype)


def test_quantized_tensors_count_with_their_parameters():
    assert fingerprint(quantized()) == fingerprint(quantized())
    assert fingerprint(quantized().t().contiguous().t()) == fingerprint(quantized())
    others = [
        quantized(), quantized(scale=0.2), quantized(zero=4), quantized(dtype=torch.qint8),
        by_channel([1.0, 1.0]), by_channel([1.0, 1.0], axis=1), by_channel([1.0, 1.5]), quantized().int_repr(),
        by_channel([1.0, 1.0], dtype=torch.quint4x2),
    ]  # fmt: skip
    assert len({fingerprint(tensor) for tensor in others}) == len(others)


SPARSE = {
    "coo": lambda tensor: tensor.to_sparse(),
    "csr": lambda tensor: tensor.to_sparse_csr(),
    "csc": lambda tensor: tensor.to_sparse_csc(),
    "bsr": lambda tensor: tensor.to_sparse_bsr((2, 2)),
    "bsc": lambda tensor: tensor.to_sparse_bsc((2, 2)),
    "mkldnn": lambda tensor: tensor.to_mkldnn(),
}


@pytest.mark.parametrize("layout", SPARSE)
def test_every_layout_counts_by_what_it_stores(layout):
    dense = torch.diag(torch.tensor([1.0, 2.0, 0.0, 3.0]))
    make = SPARSE[layout]
    assert can_fingerprint(make(dense))
    assert fingerprint(make(dense)) == fingerprint(make(dense.clone().requires_grad_()))
    assert len({fingerprint(each) for each in (dense, make(dense), make(dense * 2), make(dense.flip(0)))}) == 4


def test_layouts_differ_from_each_other():
    dense = torch.eye(4)
    assert len({fingerprint(make(dense)) for make in SPARSE.values()}) == len(SPARSE)


def test_an_uncoalesced_tensor_counts_as_stored():
    twice = torch.sparse_coo_tensor([[0, 0]], [1.0, 2.0], (3,))
    assert fingerprint(twice) == fingerprint(torch.sparse_coo_tensor([[0, 0]], [1.0, 2.0], (3,)))
    assert not twice.is_coalesced()
    assert fingerprint(twice) != fingerprint(twice.coalesce())


@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_nested_tensors(layout):
    def nest(*lengths, fill=1.0):
        return torch.nested.nested_tensor([torch.full((length, 2), fill) for length in lengths], layout=layout)

    assert can_fingerprint(nest(2, 3))
    assert fingerprint(nest(2, 3)) == fingerprint(nest(2, 3))
    assert len({fingerprint(each) for each in (nest(2, 3), nest(3, 2), nest(2, 3, fill=2.0), nest(5))}) == 4


def test_asking_a_nested_tensor_for_its_longest_part_does_not_count():
    parts = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged)
    told = fingerprint(parts)
    parts._get_max_seqlen(), parts._get_min_seqlen()
    parts.to_padded_tensor(0.0)
    assert fingerprint(parts) == told


def refused(tensor, *words):
    assert not can_fingerprint(tensor)
    with pytest.raises(UsageError) as caught:
        fingerprint(tensor)
    for word in ("a fingerprint is made of a tensor's values", *words):
        assert word in str(caught.value)


def test_tensors_without_values_are_refused_in_plain_words():
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        fake = torch.ones(2)
    refused(torch.ones(2, device="meta"), "is on the meta device")
    refused(torch.empty(2, 2, layout=torch.sparse_coo, device="meta"), "is on the meta device")
    refused(fake, "is a fake one")
    refused(nn.LazyLinear(2).weight, "is a lazy module's parameter")


def test_a_tensor_whose_memory_was_given_back_is_refused():
    tensor = torch.ones(4)
    tensor.untyped_storage().resize_(0)
    try:
        answer, message = can_fingerprint(tensor), ""
        fingerprint(tensor)
    except UsageError as error:
        message = str(error)
    finally:
        tensor.untyped_storage().resize_(16)  # printing it, as pytest does, would crash torch
    assert not answer
    assert "this tensor's memory was given back: its storage holds 0 bytes and its elements take 16" in message


def test_real_tensors_can_be_looked_at_while_fake_ones_are_made():
    from torch._subclasses.fake_tensor import FakeTensorMode

    real = torch.rand(2, 3).t()
    told = fingerprint(real)
    with FakeTensorMode():
        assert fingerprint(real) == told


def test_a_wrapper_that_torch_cannot_look_into_is_refused():
    class Closed(torch.Tensor):
        @staticmethod
        def __new__(cls, inner):
            return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)

        @classmethod
        def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
            raise NotImplementedError

    closed = Closed(torch.ones(2))
    assert not can_fingerprint(closed)
    with pytest.raises(UsageError, match=r"a Closed keeps its values in a way .*\(it has no __tensor_flatten__\)"):
        fingerprint(closed)


@pytest.mark.parametrize("transform", [torch.func.vmap, lambda f: torch.func.grad(lambda x: f(x).sum())])
def test_inside_a_transform_there_are_no_values(transform):
    seen = []

    def look(x):
        seen.append(can_fingerprint(x))
        refused(x, "is one inside torch.func.vmap", "outside of the transformed function")
        refused(x * 2)
        return x * 1.0

    transform(look)(torch.rand(3))
    assert seen == [False]


def test_looking_changes_nothing():
    tensor = torch.rand(6, 4, requires_grad=True)
    result = tensor * 2
    for each in (result, result.t(), result[:, ::2], tensor.detach()):
        version, node = each._version, each.grad_fn
        fingerprint(each)
        assert (each._version, each.grad_fn is node) == (version, True)
    plain = torch.rand(4)
    fingerprint(plain)
    plain.resize_(8)  # NumPy's view would have forbidden it
    gone = weakref.ref(plain)
    del plain
    gc.collect()
    assert gone() is None


def test_modes_hear_nothing():
    from torch.overrides import TorchFunctionMode
    from torch.utils._python_dispatch import TorchDispatchMode

    class Functions(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            raise AssertionError(f"{function} was heard")

    class Operations(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            raise AssertionError(f"{function} was heard")

    tensor, sparse = torch.rand(4, 6), torch.eye(3).to_sparse()
    told = [fingerprint(tensor), fingerprint(tensor.t()), fingerprint(sparse)]
    turned = tensor.t()
    with Functions(), Operations():
        assert [fingerprint(tensor), fingerprint(turned), fingerprint(sparse)] == told


def test_many_shapes_do_not_pile_up(monkeypatch):
    from retorch.fingerprints import _memory

    monkeypatch.setattr(_memory, "_MOST_SHAPES", 10)
    for length in range(50):
        fingerprint(torch.zeros(length, 77))
    assert len(_memory._known) <= 10


def test_the_algorithm_is_named():
    assert algorithm_of([]) == algorithm_of(["cpu", "cpu"]) == "xxh3-64/1"
    assert algorithm_of(["cpu", "cuda"]) == algorithm_of({"mps"}) == "ordered-sum/1"


def test_fingerprints_stay_what_they_are_from_version_to_version():
    """Records on disk are compared with them: a change here needs another number in `algorithm_of`."""
    from retorch.fingerprints import fingerprint_batch, ordered_sum

    tensor = torch.arange(6.0).view(2, 3)
    assert fingerprint(tensor) == 2917163882440469201
    assert ordered_sum(tensor) == 18086153969354113864
    assert fingerprint_batch({"x": torch.arange(3), "name": "a", "rest": [1, 2.0, None, b"b"]}) == 295337799114230672
