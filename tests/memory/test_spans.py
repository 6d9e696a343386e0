"""Where the memory of anything lies, asked without touching it."""

import array
import gc
import mmap
import weakref

import numpy as np
import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from retorch.memory._parts import NotForThisKind, find_parts


def span(member):
    ((label, found),) = find_parts(member)
    assert label == ""
    return found


def labels(member):
    return [label for label, _ in find_parts(member)]


def same_place(left, right):
    keys = ("address", "shape", "byte_strides", "itemsize", "device")
    return all(getattr(left, key) == getattr(right, key) for key in keys)


def test_a_view_lies_at_its_offset_in_the_storage_of_its_base():
    base = torch.zeros(4, 6, dtype=torch.float64)
    view = base[1:, ::2].t()
    found = span(view)
    assert found.address == view.data_ptr()
    assert (found.shape, found.byte_strides, found.itemsize) == ((3, 3), (16, 48), 8)
    assert found.buffer == span(base).buffer
    assert (found.buffer.begin, found.buffer.end) == (base.data_ptr(), base.data_ptr() + 192)
    assert found.describe() == "float64 [3, 3], strides [2, 6]"


def test_a_tensor_and_its_numpy_array_are_one_place():
    tensor = torch.arange(12.0).view(3, 4)
    assert same_place(span(tensor.t()), span(tensor.numpy().T))
    assert span(tensor.numpy()[1:, ::2]).buffer == span(tensor).buffer
    owner = np.zeros((3, 4))
    assert span(torch.from_numpy(owner[1:])).address == span(owner).address + 32


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[::-1, ::-2], lambda a: a[1], lambda a: a[1, 2, ...], lambda a: a[..., None][2:1], lambda a: a.T[1:],
        lambda a: a.reshape(-1)[3:].view(np.uint8), lambda a: np.lib.stride_tricks.sliding_window_view(a[1:], (2, 2)),
        lambda a: np.broadcast_to(a[0], (5, 6)), lambda a: a.view(np.ndarray), lambda a: a.real,
    ],
)  # fmt: skip
def test_every_view_of_an_array_belongs_to_the_memory_of_its_owner(view):
    owner = np.zeros((4, 6), np.float32)
    seen = view(owner)
    found = span(seen)
    whole = span(owner).buffer
    assert (found.buffer.begin, found.buffer.end) == (whole.begin, whole.end)
    if seen.size:
        assert found.address == seen.__array_interface__["data"][0]


def test_a_field_of_records_keeps_its_byte_strides():
    records = np.zeros(3, dtype=[("flag", "u1"), ("x", "<f4"), ("y", "<f8")])
    found = span(records["x"])
    assert (found.byte_strides, found.itemsize, found.strides) == ((13,), 4, None)
    assert found.address == span(records).address + 1
    assert found.describe() == "float32 [3], byte strides [13]"


def test_a_read_only_array_and_an_array_on_bytes_are_fine():
    text = b"0123456789"
    found = span(np.frombuffer(text, np.uint8)[2:])
    assert found.address - found.buffer.begin == 2
    assert found.buffer.end - found.buffer.begin == 10
    assert span(text).buffer == found.buffer
    locked = np.zeros(3)
    locked.flags.writeable = False
    assert span(locked).numel == 3


@pytest.mark.parametrize("owner", [bytearray(12), array.array("i", [1, 2, 3]), mmap.mmap(-1, 12), np.zeros(3, "i4")])
def test_views_of_a_buffer_lie_on_the_buffer(owner):
    whole = span(owner).buffer
    assert whole.end - whole.begin == 12
    backwards = memoryview(owner).cast("B")[::-3] if not isinstance(owner, np.ndarray) else memoryview(owner)[::-1]
    found = span(backwards)
    assert found.byte_strides[0] < 0
    assert found.buffer == whole
    assert span(torch.frombuffer(owner, dtype=torch.uint8)).address == whole.begin


def test_a_file_mapped_by_numpy_is_the_whole_mapping(tmp_path):
    np.zeros(8).tofile(tmp_path / "data")
    mapped = np.memmap(tmp_path / "data", dtype=np.float64, mode="r+")
    assert span(mapped[4:]).buffer == span(mapped).buffer
    assert span(mapped).buffer.end - span(mapped).buffer.begin == 64


def test_storages_are_all_their_bytes():
    base = torch.zeros(6)
    found = span(base[2:].untyped_storage())
    assert (found.shape, found.buffer) == ((24,), span(base).buffer)


@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
def test_typed_storages_are_all_their_bytes():
    base = torch.zeros(6)
    assert span(base.storage()).buffer == span(base).buffer


def test_meta_and_fake_tensors_lie_relative_to_their_storage():
    meta = torch.empty(4, 6, device="meta")
    other = torch.empty(4, 6, device="meta")
    with FakeTensorMode():
        fake = torch.empty(4, 6)
        row = fake[1]
    assert span(meta[1]).address == 24
    assert span(meta[1]).buffer == span(meta).buffer != span(other).buffer
    assert span(meta).buffer.space != span(other).buffer.space
    assert (span(row).address, span(row).device) == (24, "cpu")
    assert span(row).buffer == span(fake).buffer


def test_an_empty_tensor_belongs_to_its_storage():
    base = torch.zeros(6)
    assert span(base[6:]).buffer == span(base).buffer
    first, second = torch.empty(0), torch.empty(0)
    assert span(first).buffer.identity == span(first.view(0, 3)).buffer.identity != span(second).buffer.identity


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_sizes_and_bits_of_odd_tensors():
    assert span(torch.tensor(3.0)).byte_strides == ()
    assert span(torch.zeros(1, 3).expand(5, 3)).byte_strides == (0, 4)
    number = torch.ones(3, dtype=torch.complex64)
    assert span(number.conj()).address == span(number.real).address == span(number).address
    assert span(number.conj().imag).address == span(number).address + 4  # with the negative bit
    quantized = torch.quantize_per_tensor(torch.ones(4), 0.1, 0, torch.quint8)
    assert (span(quantized).dtype, span(quantized).itemsize) == ("quint8", 1)
    with torch.inference_mode():
        assert span(torch.ones(3)).numel == 3


@pytest.mark.filterwarnings("ignore:Sparse C.. tensor support is in beta")
def test_sparse_tensors_are_their_parts():
    dense = torch.eye(3)
    values = torch.ones(2)
    made = torch.sparse_coo_tensor(torch.tensor([[0, 1]]), values, (3,), check_invariants=False)
    parts = dict(find_parts(made))
    assert list(parts) == ["._indices()", "._values()"]
    assert parts["._values()"].buffer == span(values).buffer
    assert labels(dense.to_sparse_csr()) == [".crow_indices()", ".col_indices()", ".values()"]
    assert labels(dense.to_sparse_csc()) == [".ccol_indices()", ".row_indices()", ".values()"]


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_nested_tensors_are_their_samples():
    samples = [torch.ones(2, 3), torch.ones(4, 3)]
    nested = torch.nested.nested_tensor(samples)
    parts = dict(find_parts(nested))
    assert list(parts) == ["[0]", "[1]"]
    assert parts["[1]"].shape == (4, 3)
    assert parts["[1]"].address == nested.unbind()[1].data_ptr()
    turned = dict(find_parts(nested.transpose(1, 2)))
    assert turned["[1]"].byte_strides == (4, 12)
    jagged = torch.nested.nested_tensor(samples, layout=torch.jagged)
    assert dict(find_parts(jagged))["._values"].address == jagged.values().data_ptr()


class TwoTensors(torch.Tensor):
    """A wrapper of the kind that torch traces through: DTensor is one."""

    @staticmethod
    def __new__(cls, left, right):
        made = torch.Tensor._make_wrapper_subclass(cls, left.shape, dtype=left.dtype)
        made.left, made.right = left, right
        return made

    def __tensor_flatten__(self):
        return ["left", "right"], None

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        raise AssertionError(f"{function} was called")


class Closed(TwoTensors):
    __tensor_flatten__ = None


class Loud(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        raise AssertionError(f"{function} was called")


def test_a_wrapper_is_the_tensors_inside():
    left, right = torch.ones(2), torch.ones(2)
    parts = dict(find_parts(TwoTensors(left, right)))
    assert {name: part.address for name, part in parts.items()} == {
        ".left": left.data_ptr(),
        ".right": right.data_ptr(),
    }


def test_a_subclass_is_not_told_that_it_is_looked_at():
    base = torch.ones(3)
    assert span(base.as_subclass(Loud)).address == base.data_ptr()


def test_inside_vmap_and_grad_the_memory_is_that_of_the_tensors_outside():
    outside = torch.ones(2, 3)
    seen = []

    def function(x):
        seen.append(span(x))
        return (x * 2).sum()

    torch.func.vmap(torch.func.grad(function))(outside)
    torch.func.functionalize(function)(outside)
    assert [found.address for found in seen] == [outside.data_ptr()] * 2
    assert seen[0].shape == (2, 3)


def test_an_object_that_lends_its_memory_by_dlpack_lies_where_it_lies():
    base = torch.arange(6.0)

    class Lender:
        def __dlpack__(self, **options):
            return base[2:].__dlpack__(**options)

        def __dlpack_device__(self):
            return base.__dlpack_device__()

    assert same_place(span(Lender()), span(base[2:]))


def test_an_object_with_an_array_interface_lies_where_it_says():
    base = np.zeros((3, 4))

    class Holder:
        __array_interface__ = base[::-1].__array_interface__

    assert same_place(span(Holder()), span(base[::-1]))


class Refuses:
    def __dlpack__(self, **options):
        raise BufferError("not today")

    def __dlpack_device__(self):
        return (1, 0)


class Copies:
    @property
    def __array_interface__(self):
        return {"version": 3, "typestr": "|u1", "shape": (3,), "data": b"abc"}


class Broken:
    @property
    def __array_interface__(self):
        raise OSError("gone")


def released():
    view = memoryview(bytearray(3))
    view.release()
    return view


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: nn.LazyLinear(3).weight, "it has no memory before the first forward"),
        (lambda: torch.ones(3).to_mkldnn(), "mkldnn tensors do not show their memory"),
        (lambda: Closed(torch.ones(1), torch.ones(1)), "a Closed does not show its memory"),
        (Refuses, "it does not lend its memory: not today"),
        (Copies, "it hands out a copy of its memory"),
        (Broken, "its __array_interface__ cannot be used: gone"),
        (released, "operation forbidden on released memoryview object"),
    ],
)
def test_what_cannot_be_asked_says_why(make, reason):
    with pytest.raises(NotForThisKind, match=reason):
        find_parts(make())


def test_a_lazy_clone_is_a_copy_and_stays_lazy():
    base = torch.ones(3)
    clone = torch._lazy_clone(base)
    assert span(clone).buffer.space != span(base).buffer.space
    assert torch._C._is_cow_tensor(clone)
    assert torch._C._is_cow_tensor(base)


class Watch(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.seen.append(function)
        return function(*args, **(kwargs or {}))


class WatchFunctions(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        raise AssertionError(f"{function} was called")


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_looking_runs_no_operation_changes_nothing_and_keeps_nothing():
    plain = torch.ones(3, requires_grad=True)
    result = plain * 2
    things = [
        plain, result, torch.eye(2).to_sparse(), torch.nested.nested_tensor([torch.ones(2)]), np.ones(3),
        torch.ones(2).untyped_storage(), TwoTensors(torch.ones(1), torch.ones(1)),
    ]  # fmt: skip
    with Watch() as watch:
        before = [thing._version for thing in things if isinstance(thing, torch.Tensor)]
        with WatchFunctions():
            found = [find_parts(thing) for thing in things]
    assert watch.seen == []
    assert [thing._version for thing in things if isinstance(thing, torch.Tensor)] == before
    assert plain.grad is None
    assert result.grad_fn.next_functions[0][0].variable is plain
    dead = [weakref.ref(thing) for thing in things]
    del things, plain, result
    gc.collect()
    assert [ref() for ref in dead] == [None] * len(dead)
    assert found
