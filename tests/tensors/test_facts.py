"""Facts about one tensor against what torch and NumPy say themselves."""

import gc
import sys
import weakref

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.func import functionalize, grad, jvp, vmap
from torch.fx.experimental.proxy_tensor import make_fx
from torch.overrides import TorchFunctionMode
from torch.testing._internal.two_tensor import TwoTensor
from torch.utils._python_dispatch import TorchDispatchMode

from retorch.errors import UsageError
from retorch.tensors import read_facts

DTYPES = [torch.bool, torch.uint8, torch.int64, torch.float16, torch.bfloat16, torch.float32, torch.complex64]
FORMATS = {
    "contiguous": (torch.contiguous_format, None),
    "channels_last": (torch.channels_last, 4),
    "channels_last_3d": (torch.channels_last_3d, 5),
}


@st.composite
def tensors(draw):
    """Views of any strides and offset in a storage of some size."""
    shape = draw(st.lists(st.integers(0, 4), max_size=5))
    strides = [draw(st.integers(0, 7)) for _ in shape]
    offset = draw(st.integers(0, 5))
    block = torch.zeros(draw(st.integers(120, 300)), dtype=draw(st.sampled_from(DTYPES)))
    return block.as_strided(shape, strides, offset)


@st.composite
def permuted(draw):
    """Dense blocks of four or five dimensions in any order, as convolutions have them."""
    sizes = draw(st.lists(st.integers(0, 3), min_size=4, max_size=5))
    return torch.zeros(sizes).permute(draw(st.permutations(range(len(sizes)))))


@given(tensors() | permuted())
def test_layout_and_sizes_are_torchs(x):
    facts = read_facts(x)
    assert facts.kind == "strided"
    assert (facts.layout.shape, facts.layout.strides) == (tuple(x.shape), x.stride())
    assert facts.layout.offset == x.storage_offset()
    assert facts.bytes_seen == x.numel() * x.element_size()
    assert facts.bytes_kept_alive == x.untyped_storage().nbytes()
    assert (facts.shape, facts.dtype, facts.device) == (tuple(x.shape), x.dtype, x.device)


@given(tensors() | permuted())
def test_memory_formats_are_torchs(x):
    told = read_facts(x).memory_formats
    for name, (memory_format, rank) in FORMATS.items():
        assert (name in told) == ((rank in (None, x.dim())) and x.is_contiguous(memory_format=memory_format)), name


@pytest.mark.parametrize("name", ["channels_last", "channels_last_3d"])
def test_what_torch_lays_out_in_a_memory_format_is_told_as_that(name):
    memory_format, rank = FORMATS[name]
    x = torch.zeros([2, 3, 4, 5, 6][:rank]).to(memory_format=memory_format)
    assert read_facts(x).memory_formats == (name,)


@given(tensors() | permuted())
def test_the_reason_names_the_dimension_that_breaks_the_order(x):
    facts = read_facts(x).contiguity
    assert facts.contiguous == x.is_contiguous()
    if facts.contiguous:
        assert (facts.dimension, facts.stride, facts.expected, facts.reason) == (None, None, None, "")
        return
    dimension = facts.dimension
    assert (facts.stride, facts.expected) == (x.stride(dimension), x.shape[dimension + 1 :].numel())
    assert facts.stride != facts.expected
    mended = list(x.stride())
    for later in range(dimension + 1, x.dim()):  # what comes after it is in order
        assert x.shape[later] == 1 or mended[later] == x.shape[later + 1 :].numel()
    assert f"dimension {dimension} has stride {facts.stride}" in facts.reason


@given(permuted())
def test_a_permuted_block_says_in_which_order_it_lies(x):
    order = read_facts(x).dimension_order
    assert x.numel() == 0 or x.permute(order).is_contiguous()


@pytest.mark.parametrize(
    ("x", "how"),
    [
        (torch.zeros(3, 4).t(), "a transpose of a [3, 4] block"),
        (torch.zeros(2, 3, 4).permute(2, 0, 1), "a [2, 3, 4] block with its dimensions permuted to [2, 0, 1]"),
        (torch.zeros(3, 1).expand(3, 4), "expanded: its 4 indices all show the same elements"),
        (torch.zeros(3, 4)[:, :2], "it steps over 2 elements"),
        (torch.zeros(3, 4)[:, ::2], "it steps over 1 element"),
        (torch.zeros(5).unfold(0, 3, 1), "windows that overlap"),
        (np.zeros((2, 2))[::-1], "it runs backwards through memory"),
    ],
)
def test_the_reason_says_what_kind_of_view_it_is(x, how):
    assert how in read_facts(x).contiguity.reason


@given(tensors())
def test_an_expanded_or_windowed_tensor_overlaps_itself(x):
    places = torch.zeros((), dtype=torch.int64)
    for size, stride in zip(x.shape, x.stride(), strict=True):
        places = places[..., None] + torch.arange(size) * stride
    assert read_facts(x).overlaps_itself == (places.unique().numel() < places.numel())


def test_conjugate_and_negative_bits_are_told():
    x = torch.ones(2, dtype=torch.complex64)
    assert (read_facts(x.conj()).conj, read_facts(x.conj().imag).neg) == (True, True)
    assert (read_facts(x).conj, read_facts(x).neg) == (False, False)


def test_a_view_tells_its_base_and_what_torch_does_not_record_is_told_by_the_storage():
    x = torch.arange(12.0)
    view = read_facts(x.view(3, 4)[1])
    assert (view.view.shape, view.view.dtype, view.view.owner) == ((12,), torch.float32, "Tensor")
    detached = x.detach()
    assert read_facts(detached).view is None
    assert read_facts(detached).storage.other_holders == 1
    assert read_facts(detached).storage.identity == read_facts(x).storage.identity
    del detached
    assert read_facts(x).storage.other_holders == 0


def test_memory_of_numpy_is_called_lent():
    array = np.ones(4, np.float32)
    assert read_facts(torch.from_numpy(array)).storage.lent
    assert not read_facts(torch.ones(4)).storage.lent


def test_shared_memory_is_told():
    storage = read_facts(torch.ones(4).share_memory_()).storage
    assert storage.shared
    assert not storage.lent


def test_an_emptied_storage_is_told():
    x = torch.zeros(3)
    x.untyped_storage().resize_(0)
    facts = read_facts(x)
    assert (facts.bytes_seen, facts.bytes_kept_alive) == (12, 0)


# NumPy, storages, buffers


@st.composite
def arrays(draw):
    dtype = draw(st.sampled_from([np.uint8, np.int16, np.float32, np.complex128]))
    array = np.zeros(draw(st.lists(st.integers(1, 5), min_size=1, max_size=3)), dtype)
    for axis in range(array.ndim):
        step = draw(st.sampled_from([1, 2, -1, -2]))
        array = np.moveaxis(np.moveaxis(array, axis, 0)[draw(st.integers(0, 1)) :: step], 0, axis)
    return array.transpose(draw(st.permutations(range(array.ndim))))


@given(arrays())
def test_an_array_has_its_strides_in_bytes_and_in_elements(array):
    facts = read_facts(array)
    assert facts.byte_strides == array.strides
    assert tuple(stride * array.itemsize for stride in facts.layout.strides) == array.strides
    assert facts.bytes_seen == array.nbytes
    assert facts.contiguity.contiguous == array.flags.c_contiguous
    owner = array if array.base is None else array.base
    assert facts.bytes_kept_alive == owner.nbytes
    begin, end = facts.layout.extent()
    assert 0 <= begin <= end <= facts.bytes_kept_alive


def test_an_array_of_records_has_strides_that_no_element_divides():
    records = np.zeros(3, np.dtype([("a", np.uint8), ("b", np.float32)]))
    facts = read_facts(records["b"])
    assert facts.layout is None
    assert facts.byte_strides == (5,)
    assert facts.in_place.allowed
    assert not facts.contiguity.contiguous
    assert facts.contiguity.reason == "dimension 0 has a stride of 5 bytes, row-major order needs 4"


def test_what_numpy_puts_between_an_array_and_its_base_is_passed_over():
    array = np.arange(6.0)
    windows = np.lib.stride_tricks.sliding_window_view(array, 3)
    assert type(windows.base) is not np.ndarray
    assert read_facts(windows).view.owner == "ndarray"
    assert read_facts(windows).view.shape == (6,)


def test_an_array_of_a_tensor_keeps_the_tensors_storage_alive():
    x = torch.arange(12.0)
    facts = read_facts(x[4:].numpy())
    assert (facts.bytes_seen, facts.bytes_kept_alive, facts.layout.offset) == (32, 48, 4)
    assert facts.view.owner == "Tensor"


@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
def test_storages_and_buffers_are_rows_of_bytes():
    x = torch.arange(3.0)
    for row in (x.untyped_storage(), x.storage()):
        facts = read_facts(row)
        assert (facts.kind, facts.layout.shape, facts.bytes_kept_alive) == ("storage", (12,), 12)
        assert facts.storage.identity == read_facts(x).storage.identity
    for buffer, writable in ((b"abcd", False), (bytearray(4), True), (memoryview(b"abcd")[1:], False)):
        facts = read_facts(buffer)
        assert facts.kind == "buffer"
        assert facts.storage.writable == writable
        assert facts.in_place.allowed == writable
    assert read_facts(memoryview(b"abcd")[1:]).bytes_kept_alive == 4


def test_looking_at_a_bytearray_does_not_lock_it():
    buffer = bytearray(4)
    facts = read_facts(buffer)
    buffer.extend(b"more")
    assert facts.bytes_seen == 4


@pytest.mark.parametrize("thing", ["text", 3, 2.5, None, object(), torch.float32])
def test_what_holds_no_memory_is_refused(thing):
    with pytest.raises(UsageError, match=f"the memory of this {type(thing).__name__} cannot be looked at"):
        read_facts(thing)


# Kinds


class Named(torch.Tensor):
    """A subclass that only adds a name, and whose own code must not run."""

    @classmethod
    def __torch_function__(cls, *args, **kwargs):
        raise AssertionError("looked at through the subclass")


def nested(layout):
    return torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=layout)


def fake(make):
    with FakeTensorMode():
        return make()


KINDS = {
    "a subclass": (lambda: torch.ones(3).as_subclass(Named), "strided", 12),
    "meta": (lambda: torch.ones(3, 4, device="meta").t(), "meta", 48),
    "fake": (lambda: fake(lambda: torch.ones(3, 4).t()), "fake", 48),
    "quantized": (
        lambda: torch._empty_affine_quantized([3], scale=1.0, zero_point=0, dtype=torch.qint8),
        "quantized",
        3,
    ),
    "coo": (lambda: torch.eye(3).to_sparse(), "sparse", 60),
    # The column indices of a converted tensor are a row of the [2, 3] indices that it was converted from.
    "csr": (lambda: torch.eye(3).to_sparse_csr(), "sparse", 92),
    "nested": (lambda: nested(torch.strided), "nested", 20),
    "jagged": (lambda: nested(torch.jagged), "nested", 44),
    "mkldnn": (lambda: torch.ones(3).to_mkldnn(), "opaque", None),
    "wrapper": (lambda: TwoTensor(torch.ones(3), torch.ones(3)), "wrapper", 24),
    "lazy": (torch.nn.UninitializedParameter, "uninitialised", None),
    "parameter": (lambda: torch.nn.Parameter(torch.ones(3)), "strided", 12),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("make", "kind", "size"), KINDS.values(), ids=KINDS)
def test_every_kind_is_told_and_only_what_holds_of_it(make, kind, size):
    facts = read_facts(make())
    assert facts.kind == kind
    assert facts.bytes_kept_alive == size
    assert (facts.layout is not None) == (kind in ("strided", "meta", "fake", "quantized"))
    if facts.layout is None:
        assert (facts.contiguity, facts.memory_formats, facts.overlaps_itself) == (None, (), None)


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
def test_tensors_inside_torch_func_are_told_as_such():
    seen = []

    def look(x):
        seen.append(read_facts(x))
        return x.sum()

    x = torch.ones(2, 3)
    vmap(look)(x)
    grad(look)(x)
    jvp(look, (x,), (x,))
    functionalize(look)(x)
    assert [facts.kind for facts in seen] == ["functorch"] * 4
    assert seen[0].shape == (3,)
    assert all(facts.in_place.verdict == "unknown" for facts in seen)


def test_a_plain_tensor_looked_at_inside_vmap_stays_plain():
    outside, seen = torch.ones(3), []
    vmap(lambda x: seen.append(read_facts(outside)) or x)(torch.ones(2))
    assert seen[0].kind == "strided"


def test_symbolic_sizes_are_named_and_stay_symbolic():
    seen = []

    def look(x):
        environment = x.shape[0].node.shape_env
        guards = len(environment.guards)
        seen.extend((read_facts(x), len(environment.guards) - guards))
        return x * 2

    make_fx(look, tracing_mode="symbolic")(torch.ones(5, 4))
    facts, new_guards = seen
    assert (facts.kind, facts.layout, new_guards) == ("fake", None, 0)
    assert [type(size) for size in facts.shape] == [str, str]


# Looking changes nothing


class Watching(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        raise AssertionError(f"ran {function}")


class WatchingFunctions(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        raise AssertionError(f"called {function}")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", [make for make, _, _ in KINDS.values()], ids=KINDS)
def test_nobody_who_watches_sees_an_operation(make):
    x = make()
    with Watching(), WatchingFunctions():
        read_facts(x)


def test_nothing_about_a_tensor_changes():
    x = torch.rand(3, 4, requires_grad=True)
    loss = (x.exp() * x).sum()
    y = loss.grad_fn.next_functions[0][0]
    before = (x._version, x.grad, x.grad_fn, x.requires_grad, sys.getrefcount(x), x.detach().clone())
    read_facts(x, backward_from=loss)
    read_facts(x[1:].t(), backward_from=loss)
    after = (x._version, x.grad, x.grad_fn, x.requires_grad, sys.getrefcount(x), x.detach().clone())
    assert before[:-1] == after[:-1]
    assert torch.equal(before[-1], after[-1])
    assert loss.grad_fn.next_functions[0][0] is y
    loss.backward()


def test_a_lazy_clone_stays_lazy():
    x = torch.ones(4)
    clone = x._lazy_clone()
    read_facts(clone)
    read_facts(x)
    assert torch._C._is_cow_tensor(clone)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", [*(make for make, _, _ in KINDS.values()), lambda: np.ones(3)], ids=[*KINDS, "array"])
def test_facts_keep_nothing_alive(make):
    x = make()
    facts, gone = read_facts(x), weakref.ref(x)
    del x
    gc.collect()
    assert gone() is None
    assert facts.type_name


@pytest.mark.gpu
def test_memory_on_an_accelerator_is_looked_at_without_waiting():
    device = torch.accelerator.current_accelerator()
    x = torch.ones(3, 4, device=device).t()
    facts = read_facts(x)
    assert (facts.kind, facts.bytes_kept_alive, facts.device.type) == ("strided", 48, device.type)
    assert read_facts(torch.ones(3).pin_memory()).storage.pinned
