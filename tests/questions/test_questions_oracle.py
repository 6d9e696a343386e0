"""Every answer equals what torch really does, over random shapes, strides, offsets, dtypes and arguments.

torch and NumPy are the oracle: each question is asked first, then the operation is done to a real tensor, and storages
are compared by identity.
"""

from __future__ import annotations

import math
import warnings
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from retorch.questions._answers import Answer
from retorch.questions._asking import ask
from retorch.questions._twins import Subject
from retorch.tensors._reading import read_facts

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # complex32, uint8 masks, lists that count as tuples

DTYPES = [
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.complex32, torch.complex64, torch.complex128,
    torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8, torch.uint16, torch.uint32, torch.uint64,
    torch.bool, torch.float8_e4m3fn, torch.float8_e5m2,
]  # fmt: skip
WITH_GRADIENTS = {torch.float32, torch.float64, torch.bfloat16, torch.complex64}
# Imaginary parts of conjugates have it: no other dtype comes by it.
WITH_NEGATIVE_BIT = {torch.float16, torch.float32, torch.float64, torch.complex64, torch.complex128}
MEMORY_FORMATS = [
    torch.contiguous_format, torch.preserve_format, torch.channels_last, torch.channels_last_3d,
]  # fmt: skip


# --- Tensors --------------------------------------------------------------------------------------------------------


@st.composite
def layouts(draw):
    """Row-major ones in any order, with gaps and repeats, and a few that overlap as they like."""
    shape = draw(st.lists(st.sampled_from([0, 1, 1, 2, 2, 3, 4, 5, 6]), max_size=5))
    if draw(st.integers(0, 5)) == 0:
        return shape, draw(st.lists(st.integers(0, 9), min_size=len(shape), max_size=len(shape)))
    strides, reach = [0] * len(shape), 1
    for dimension in draw(st.permutations(range(len(shape)))) if draw(st.booleans()) else reversed(range(len(shape))):
        kind = draw(st.sampled_from(["dense"] * 6 + ["gap", "expanded"]))
        strides[dimension] = 0 if kind == "expanded" else reach * (draw(st.integers(2, 3)) if kind == "gap" else 1)
        reach = max(reach, strides[dimension] * max(shape[dimension], 1))
    return shape, strides


class Recipe(NamedTuple):
    """Says in a failing example what the tensor was; its own repr would show values."""

    shape: list
    strides: list
    offset: int
    dtype: torch.dtype
    bytes_behind: int
    conj: bool
    neg: bool
    requires_grad: bool

    def make(self):
        steps = zip(self.shape, self.strides, strict=True)
        reach = self.offset + 1 + sum((size - 1) * stride for size, stride in steps if size)
        storage = torch.zeros(reach * self.dtype.itemsize + self.bytes_behind, dtype=torch.uint8).untyped_storage()
        x = torch.empty(0, dtype=self.dtype).set_(storage, self.offset, self.shape, self.strides)
        x = x.conj() if self.conj else x
        x = torch._neg_view(x) if self.neg else x
        return x.requires_grad_(self.requires_grad)


@st.composite
def recipes(draw):
    shape, strides = draw(layouts())
    dtype = draw(st.sampled_from(DTYPES))
    return Recipe(
        shape,
        strides,
        offset=draw(st.sampled_from([0, 0, 1, 2, 4, 7])),
        dtype=dtype,
        bytes_behind=draw(st.integers(0, 40)),
        conj=dtype.is_complex and draw(st.booleans()),
        neg=dtype in WITH_NEGATIVE_BIT and draw(st.integers(0, 5)) == 0,
        requires_grad=dtype in WITH_GRADIENTS and draw(st.integers(0, 4)) == 0,
    )


# --- Arguments ------------------------------------------------------------------------------------------------------


class Call(NamedTuple):
    name: str
    args: tuple = ()
    kwargs: dict = {}  # noqa: RUF012


@st.composite
def shapes_for(draw, x):
    """A shape with as many elements, mostly: dimensions of x merged and split, or any factors."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.lists(st.integers(-1, 6), max_size=4))
    if x.numel() == 0:
        return draw(st.sampled_from([list(x.shape), [0], [2, 0, 3], [-1], [0, -1]]))
    sizes = []
    for size in x.shape if draw(st.booleans()) else factors(x.numel()):
        if sizes and draw(st.booleans()):
            sizes[-1] *= size
        elif size and draw(st.booleans()):
            sizes += factors(size) or [1]
        else:
            sizes.append(size)
    if sizes and draw(st.integers(0, 3)) == 0:
        sizes[draw(st.integers(0, len(sizes) - 1))] = -1
    return sizes


def factors(number):
    found = [p for p in (2, 2, 3, 5) if number % p == 0]
    rest = number // math.prod(found) if number % math.prod(found) == 0 else number
    return [*found, rest] if rest != number else [number]


def dims_of(x, beyond=True):
    return st.integers(-x.ndim - beyond, x.ndim - 1 + beyond) if x.ndim or beyond else st.just(0)


@st.composite
def call_view(draw, x):
    shape = draw(shapes_for(x))
    form = draw(st.sampled_from(["words", "list", "size", "dtype"]))
    if form == "dtype":
        return Call("view", (draw(st.sampled_from(DTYPES)),))
    if form == "size" and -1 not in shape:
        return Call("view", (torch.Size(shape),))
    return Call("view", tuple(shape) if form == "words" else (shape,))


@st.composite
def call_reshape(draw, x):
    shape = draw(shapes_for(x))
    return Call("reshape", tuple(shape) if shape and draw(st.booleans()) else (shape,))


@st.composite
def call_expand(draw, x):
    sizes = [draw(st.sampled_from([1, 2, 3])) for _ in range(draw(st.integers(0, 2)))]
    sizes += [draw(st.sampled_from([size, size, -1, 4])) for size in x.shape]
    return Call("expand", (sizes,))


@st.composite
def call_as_strided(draw, x):
    rank = draw(st.integers(0, 3))
    numbers = st.lists(st.integers(-1, 6), min_size=rank, max_size=rank)
    return Call("as_strided", (draw(numbers), draw(numbers), *draw(st.sampled_from([(), (0,), (3,), (-1,), (40,)]))))


@st.composite
def call_squeeze(draw, x):
    return Call("squeeze", draw(st.sampled_from([(), (draw(dims_of(x)),), (tuple(range(x.ndim)),)])))


@st.composite
def call_unflatten(draw, x):
    dim = draw(dims_of(x))
    size = x.shape[dim] if -x.ndim <= dim < x.ndim else 4
    return Call("unflatten", (dim, draw(st.sampled_from([[size], [1, size], [-1, 2], [2, -1], [2, 3], [size, -1]]))))


@st.composite
def call_split(draw, x):
    dim = draw(dims_of(x))
    size = x.shape[dim] if -x.ndim <= dim < x.ndim else 4
    return Call("split", (draw(st.sampled_from([1, 2, 0, -1, [size], [1, max(size - 1, 0)], [0, size], [1]])), dim))


@st.composite
def call_to(draw, x):
    dtype = draw(st.sampled_from([x.dtype, x.dtype, *DTYPES]))
    other = torch.empty(2, dtype=dtype)
    args = draw(
        st.sampled_from([
            (), (dtype,), (x.device,), ("cpu", dtype), (other,), ("meta",), ("cpu:0",), ("meta", dtype), (dtype, False, True),
            ("cuda",), ("mps",), ("nowhere",), (torch.device("meta"), dtype), (other.to("meta"),), (True,), (0.5,), (2j,), (0,),
        ])
    )  # fmt: skip
    kwargs = {}
    if len(args) < 3 and draw(st.booleans()):
        kwargs["copy"] = draw(st.booleans())
    if draw(st.integers(0, 2)) == 0:
        kwargs["memory_format"] = draw(st.sampled_from(MEMORY_FORMATS))
    if not args and draw(st.booleans()):
        kwargs["dtype"] = dtype
    if not args and draw(st.booleans()):
        kwargs["device"] = draw(st.sampled_from(["cpu", "meta", torch.device("cpu")]))
    return Call("to", args, kwargs)


@st.composite
def call_in_format(draw, x):
    kwargs = {"memory_format": draw(st.sampled_from(MEMORY_FORMATS))} if draw(st.booleans()) else {}
    return Call(draw(st.sampled_from(["contiguous", "clone"])), (), kwargs)


@st.composite
def call_as(draw, x):
    shape = [size for size in draw(shapes_for(x)) if size >= 0]
    return Call(draw(st.sampled_from(["view_as", "expand_as"])), (torch.empty(shape),))


@st.composite
def keys(draw, x):
    parts = [draw(parts_for(x, dimension)) for dimension in range(draw(st.integers(0, min(x.ndim + 1, 4))))]
    if draw(st.integers(0, 2)) == 0:
        parts.insert(draw(st.integers(0, len(parts))), draw(st.sampled_from([None, ..., None])))
    if len(parts) == 1 and draw(st.booleans()):
        return parts[0]
    return parts if draw(st.integers(0, 11)) == 0 else tuple(parts)


@st.composite
def parts_for(draw, x, dimension):
    size = x.shape[dimension] if dimension < x.ndim else 3
    inside = st.integers(-max(size, 1), max(size - 1, 0)) if draw(st.integers(0, 14)) else st.integers(-8, 8)
    ends, bits = st.none() | st.integers(-7, 7), st.lists(st.booleans(), min_size=size, max_size=size)
    step = draw(st.sampled_from([None, None, 1, 2, 3] + [-1] * (draw(st.integers(0, 5)) == 0)))
    kinds = {
        "slice": lambda: slice(draw(ends), draw(ends), step),
        "int": lambda: draw(inside),
        "list": lambda: draw(st.lists(inside, max_size=3) | bits),
        "tensor": lambda: draw(index_tensors(inside)),
        "mask": lambda: draw(masks([size + (draw(st.integers(0, 11)) == 0)])),
        "wide mask": lambda: draw(masks(x.shape[dimension : dimension + 2])),
        "scalar": lambda: torch.tensor(draw(st.one_of(inside, st.booleans()))),
        "array": lambda: np.array(
            draw(st.lists(inside, max_size=3)), dtype=draw(st.sampled_from([np.int64, np.int32]))
        ),
        "numpy int": lambda: np.int64(draw(inside)),
        "bool": lambda: draw(st.booleans()),
        "odd": lambda: draw(st.sampled_from(ODD_INDICES)),
    }
    return kinds[draw(st.sampled_from([*kinds, *["slice"] * 4, *["int"] * 2]))]()


ODD_INDICES = [1.5, "a", torch.tensor([0.5]), range(2), [[0, 1], [1, 0]], [slice(0, 1)], [None, 0]]


@st.composite
def index_tensors(draw, inside):
    """Also transposed and repeated ones: the strides of the result follow those of the index."""
    shape = draw(st.sampled_from([(), (1,), (2,), (0,), (2, 2), (3, 1), (2, 3)]))
    numbers = [draw(inside) for _ in range(math.prod(shape))]
    index = torch.tensor(numbers, dtype=draw(st.sampled_from([torch.int64, torch.int32]))).view(shape)
    return draw(st.sampled_from([index, index.mT if index.ndim > 1 else index, index.expand(2, *index.shape)]))


@st.composite
def masks(draw, shape):
    bits = draw(st.lists(st.booleans(), min_size=math.prod(shape), max_size=math.prod(shape)))
    mask = torch.tensor(bits, dtype=torch.bool).view(tuple(shape))
    # Behind a NumPy mask of several dimensions torch reads sizes from beyond their end: what it says then is chance.
    return draw(st.sampled_from([mask, mask, mask.numpy() if mask.ndim == 1 else mask, mask.to(torch.uint8)]))


@st.composite
def calls(draw, x):
    """One operation with arguments that mostly fit, and sometimes do not."""
    dim = dims_of(x)
    simple = {
        "permute": lambda: (draw(st.permutations(range(x.ndim))),) if draw(st.integers(0, 9)) else ((0, 0),),
        "transpose": lambda: (draw(dim), draw(dim)),
        "movedim": lambda: (draw(dim), draw(dim)),
        "unsqueeze": lambda: (draw(st.integers(-x.ndim - 2, x.ndim + 1)),),
        "flatten": lambda: draw(st.sampled_from([(), (draw(dim), draw(dim)), (0, 1), (1,), (-2, -1)])),
        "narrow": lambda: (draw(dim), draw(st.integers(-3, 4)), draw(st.integers(-1, 4))),
        "select": lambda: (draw(dim), draw(st.integers(-5, 5))),
        "chunk": lambda: (draw(st.integers(0, 4)), draw(dim)),
        "unbind": lambda: draw(st.sampled_from([(), (draw(dim),)])),
    }  # fmt: skip
    of_its_own = {
        "view": call_view, "reshape": call_reshape, "expand": call_expand, "as_strided": call_as_strided,
        "squeeze": call_squeeze, "unflatten": call_unflatten, "split": call_split, "to": call_to,
        "format": call_in_format, "as": call_as,
    }  # fmt: skip
    bare = ["t", "T", "mT", "real", "imag", "ravel", "detach", "view_as_real", "view_as_complex"]
    name = draw(st.sampled_from([*simple, *of_its_own, *bare, "numpy", *["index"] * 10, "view", "reshape"]))
    if name in simple:
        return Call(name, tuple(simple[name]()))
    if name in of_its_own:
        return draw(of_its_own[name](x))
    if name == "index":
        return Call("index", (draw(keys(x)),))
    return Call(name, (), {"force": True} if name == "numpy" and draw(st.integers(0, 2)) == 0 else {})


# --- Judging --------------------------------------------------------------------------------------------------------


def really(x, call):
    if call.name == "index":
        return x[call.args[0]]
    if call.name in ("T", "mT", "real", "imag"):
        return getattr(x, call.name)
    if call.name.startswith("view_as_"):
        return getattr(torch, call.name)(x)
    return getattr(x, call.name)(*call.args, **call.kwargs)


def assert_equal_to_reality(x, call):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        version = x._version
        answer = ask(Subject.of(read_facts(x)), call.name, *call.args, **call.kwargs)
        assert x._version == version
        try:
            result = really(x, call)
        except Exception as error:  # noqa: BLE001 - whatever torch raises is compared
            event(f"{call.name}: refused")
            assert not answer.possible, (answer, error)
            if call.name == "as_strided" and min(call.args[0], default=0) < 0:
                return  # which of two checks speaks first differs
            words = str(error).partition("\nException raised from ")[0]  # C++ frames follow in some
            assert (answer.error.type, answer.error.text) == (type(error).__name__, words)
            try_remedy(x, answer.remedy)
            return
    assert answer.possible, answer
    compare(answer, x, result)
    event(f"{call.name}: {answer.shares}")


def try_remedy(x, remedy):
    code = remedy.partition(" copies ")[0].removesuffix(" shares")
    if code and "<" not in code:  # a tensor among the arguments cannot be spelled
        result = eval(code, {"x": x, "torch": torch})
        result = torch.from_numpy(result) if isinstance(result, np.ndarray) else result
        assert lies_in_storage(x, result.data_ptr()) == remedy.endswith(" shares") or result.numel() == 0


def compare(answer: Answer, x, result):
    if isinstance(result, np.ndarray):
        compare_with_array(answer, x, result)
    elif isinstance(result, torch.Tensor):
        compare_with_tensor(answer, x, result)
    else:
        assert len(answer.parts) == len(result)
        assert answer.shares == all(same_storage(x, part) for part in result)
        for part, real in zip(answer.parts, result, strict=True):
            compare_with_tensor(part, x, real)


def compare_with_tensor(answer, x, result):
    found = (answer.shape, answer.strides, answer.offset, answer.dtype, answer.device)
    assert found == (tuple(result.shape), result.stride(), result.storage_offset(), result.dtype, result.device)
    assert answer.shares == same_storage(x, result)
    assert answer.bytes_copied == (0 if answer.shares else result.numel() * result.itemsize)
    assert answer.same_object == (result is x)
    assert bool(answer.reason) == (not answer.shares)


def compare_with_array(answer, x, array):
    assert (answer.shape, answer.device) == (array.shape, torch.device("cpu"))
    assert answer.byte_strides == array.strides
    assert torch.from_numpy(array).dtype == answer.dtype
    if array.size:
        start = array.__array_interface__["data"][0]
        assert answer.shares == lies_in_storage(x, start)
        assert start == x.untyped_storage().data_ptr() + answer.offset * array.itemsize or not answer.shares
        assert answer.bytes_copied == (0 if answer.shares else array.nbytes)


def lies_in_storage(x, address):
    storage = x.untyped_storage()
    return storage.data_ptr() <= address < storage.data_ptr() + storage.nbytes()


def same_storage(x, result):
    return result.untyped_storage()._cdata == x.untyped_storage()._cdata


# --- The promises ---------------------------------------------------------------------------------------------------

CALLS_A_TENSOR = 5


def check_some(data):
    x = data.draw(recipes()).make()
    for _ in range(CALLS_A_TENSOR):
        assert_equal_to_reality(x, data.draw(calls(x)))


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_answers_equal_what_torch_does(data):
    check_some(data)


@pytest.mark.long
@settings(max_examples=24_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_answer_of_a_hundred_thousand_is_wrong(data):
    check_some(data)
