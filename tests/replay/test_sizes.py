"""How far two tensors are apart, held against NumPy's own neighbours and integer views."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch import Tensor

from retorch.replay import _sizes
from retorch.replay._sizes import Size, size_of

NUMPY_FLOATS = [np.float16, np.float32, np.float64]
FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
FLOAT8 = [torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz, torch.float8_e8m0fnu]
WHOLE = [torch.uint8, torch.int8, torch.uint16, torch.int16, torch.uint32, torch.int32, torch.uint64, torch.int64]
BITS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def numbers(dtype, **limits):
    return hnp.from_dtype(np.dtype(dtype), allow_nan=False, **limits)


@given(st.data(), st.sampled_from(NUMPY_FLOATS), st.integers(0, 30))
def test_so_many_steps_to_the_next_number_are_so_many_ulp(data, dtype, steps):
    start = data.draw(numbers(dtype, allow_infinity=False, allow_subnormal=True))
    end = start
    for _ in range(steps):
        if np.isinf(end):
            break
        # +0.0 and -0.0 are one number here as in NumPy, which never steps from one to the other.
        with np.errstate(over="ignore"):
            end = np.nextafter(end, dtype(np.inf))
    taken = size_of(torch.tensor([start]), torch.tensor([end])).max_ulp
    assert taken == steps or np.isinf(end)


@given(st.data(), st.sampled_from([torch.float16, torch.bfloat16]), st.integers(0, 65535), st.integers(0, 65535))
def test_the_distance_is_the_number_of_floats_between(data, dtype, first, second):
    every = torch.arange(-32768, 32768).short().view(dtype)
    order = torch.unique(every[~every.isnan()].double())  # sorted, the zeros as one
    a, b = every[first : first + 1], every[second : second + 1]
    size = size_of(a, b)
    if a.isnan() != b.isnan():
        assert size == Size(1, 1, None, None)
    elif a.isnan():
        assert size.max_ulp == 0
    else:
        between = torch.searchsorted(order, b.double()) - torch.searchsorted(order, a.double())
        assert size.max_ulp == abs(int(between))


@pytest.mark.parametrize("dtype", FLOAT8, ids=str)
def test_all_pairs_of_float8_are_as_far_apart_as_they_are_many(dtype):
    every = torch.arange(256).to(torch.uint8).view(dtype)
    values = every.double()
    order = torch.unique(values[~values.isnan()])
    for first in range(0, 256, 37):
        for second in range(256):
            size = size_of(every[first : first + 1], every[second : second + 1])
            assert size.different == (first != second)
            if values[first].isnan() != values[second].isnan():
                assert size.max_ulp is None
            elif not values[first].isnan():
                place = torch.searchsorted(order, values[[first, second]])
                assert size.max_ulp == abs(int(place[1] - place[0]))


@given(st.data(), st.sampled_from(NUMPY_FLOATS))
def test_bits_are_counted_as_numpy_counts_them(data, dtype):
    shape = data.draw(hnp.array_shapes(max_dims=3, max_side=4, min_side=0))
    a = data.draw(hnp.arrays(dtype, shape))
    b = np.where(data.draw(hnp.arrays(bool, shape)), a, data.draw(hnp.arrays(dtype, shape)))
    size = size_of(torch.from_numpy(a.copy()), torch.from_numpy(b.copy()))
    whole = f"i{a.itemsize}"
    unequal = a.view(whole) != b.view(whole)
    assert (size.elements, size.different) == (a.size, unequal.sum())
    assert size.share == (unequal.mean() if a.size else 0)
    if (np.isnan(a) != np.isnan(b)).any():
        assert size.max_ulp is None
        assert size.max_abs is None
    else:
        with np.errstate(all="ignore"):
            apart = np.abs(a.astype(np.float64) - b.astype(np.float64))
        largest = np.nanmax(apart[unequal], initial=0)
        assert size.max_abs == largest


@given(st.data(), st.sampled_from(FLOATS))
def test_it_is_symmetric_and_nothing_from_itself(data, dtype):
    words = data.draw(st.lists(st.integers(-(1 << 63), (1 << 63) - 1), min_size=2, max_size=6))
    tensor = torch.tensor(words).view(dtype)
    other = tensor.flip(0)
    assert size_of(tensor, other) == size_of(other, tensor)
    assert size_of(tensor, tensor.clone()) == Size(len(tensor), 0, 0, 0.0)


@given(st.data(), st.sampled_from(WHOLE))
def test_integers_are_apart_by_their_difference(data, dtype):
    limits = torch.iinfo(dtype)
    whole = st.integers(limits.min, limits.max)
    a, b = data.draw(st.lists(whole, min_size=3, max_size=3)), data.draw(st.lists(whole, min_size=3, max_size=3))
    size = size_of(torch.tensor(a, dtype=dtype), torch.tensor(b, dtype=dtype))
    apart = [abs(x - y) for x, y in zip(a, b, strict=True)]
    assert size == Size(3, sum(map(bool, apart)), None, float(max(apart)))


def test_the_two_zeros_differ_in_a_bit_and_are_nothing_apart():
    for dtype in FLOATS:
        assert size_of(torch.zeros(1, dtype=dtype), -torch.zeros(1, dtype=dtype)) == Size(1, 1, 0, 0.0)


def test_across_zero_the_smallest_numbers_are_two_steps_apart():
    smallest = torch.tensor([5e-324], dtype=torch.float64)
    assert size_of(smallest, -smallest).max_ulp == 2


def test_the_widest_distance_of_float64_needs_more_than_63_bits():
    lowest, highest = torch.tensor([-math.inf], dtype=torch.float64), torch.tensor([math.inf], dtype=torch.float64)
    assert size_of(lowest, highest) == Size(1, 1, 2 * 0x7FF0000000000000, math.inf)


def test_infinity_is_one_step_from_the_largest_number_and_infinitely_far():
    largest = torch.tensor([torch.finfo(torch.float32).max])
    assert size_of(largest, torch.tensor([math.inf])) == Size(1, 1, 1, math.inf)


def test_nan_beside_a_number_hides_no_count():
    a, b = torch.tensor([1.0, math.nan, 3.0]), torch.tensor([1.0, 2.0, 4.0])
    assert size_of(a, b) == Size(3, 2, None, None)


def test_two_kinds_of_nan_differ_and_are_nothing_apart():
    quiet = torch.tensor([0x7FC00000, 0x7FC00001], dtype=torch.int32).view(torch.float32)
    assert size_of(quiet, quiet.flip(0)) == Size(2, 2, 0, 0.0)


@pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])
def test_complex_numbers_are_measured_by_parts(dtype):
    a = torch.tensor([1 + 1j, 2 + 2j, 3 + 3j], dtype=dtype)
    b = a.clone()
    torch.view_as_real(b)[1] += 1
    torch.view_as_real(b)[2, 1] += 0.5
    size = size_of(a, b)
    assert (size.elements, size.different, size.max_abs) == (3, 2, 1.0)
    parts = size_of(torch.view_as_real(a), torch.view_as_real(b))
    assert size.max_ulp == parts.max_ulp


def test_half_complex_is_measured_too():
    a = torch.view_as_complex(torch.ones(4, 2, dtype=torch.float16))
    b = torch.view_as_complex(torch.ones(4, 2, dtype=torch.float16) + 2**-10)
    assert size_of(a, b) == Size(4, 4, 1, 2**-10)


def test_conjugates_and_negatives_are_measured_by_what_they_say():
    a = torch.tensor([1 + 2j, 3 - 4j])
    assert size_of(a.conj(), torch.tensor([1 - 2j, 3 + 4j])) == Size(2, 0, 0, 0.0)
    assert size_of(a.conj().imag, torch.tensor([-2.0, 4.0])).different == 0


def test_booleans_are_one_apart():
    assert size_of(torch.tensor([True, False]), torch.tensor([True, True])) == Size(2, 1, None, 1.0)


def test_packed_float4_counts_its_bytes_and_measures_nothing():
    a = torch.tensor([1, 2], dtype=torch.uint8).view(torch.float4_e2m1fn_x2)
    b = torch.tensor([1, 3], dtype=torch.uint8).view(torch.float4_e2m1fn_x2)
    assert size_of(a, b) == Size(2, 1, None, None)


def test_layout_does_not_matter_only_what_stands_where():
    a = torch.arange(24.0).reshape(4, 6)
    assert size_of(a.t().contiguous().t(), a).different == 0
    assert size_of(a[:, ::2], a[:, ::2].contiguous() + 1) == Size(12, 12, 0x3F800000, 1.0)
    assert size_of(torch.ones(1).expand(7), torch.ones(7)).different == 0


def test_a_scalar_and_an_empty_tensor_have_sizes():
    assert size_of(torch.tensor(1.0), torch.tensor(2.0)) == Size(1, 1, 1 << 23, 1.0)
    assert size_of(torch.empty(0, 3), torch.empty(0, 3)) == Size(0, 0, 0, 0.0)
    assert size_of(torch.empty(0), torch.empty(0)).share == 0.0


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (torch.ones(2), torch.ones(3)),
        (torch.ones(2), torch.ones(2, dtype=torch.float64)),
        (torch.ones(2, 2).to_sparse(), torch.ones(2, 2).to_sparse()),
        (torch.ones(2, device="meta"), torch.ones(2, device="meta")),
        (torch.ones(2), torch.ones(2, device="meta")),
    ],
    ids=["shape", "dtype", "sparse", "meta", "half meta"],
)
def test_what_cannot_be_set_side_by_side_has_no_size(a: Tensor, b: Tensor):
    assert size_of(a, b) is None


def test_fake_and_transformed_tensors_have_no_size():
    from torch._subclasses import FakeTensorMode

    fake = FakeTensorMode().from_tensor(torch.ones(2))
    assert size_of(fake, fake) is None
    seen = []
    torch.func.vmap(lambda x: (seen.append(size_of(x, x)), x)[1])(torch.ones(2, 2))
    assert seen == [None]


def test_parameters_keep_their_gradients_and_versions():
    weight = torch.nn.Parameter(torch.ones(3))
    version = weight._version
    assert size_of(weight, weight + 1).different == 3
    assert weight.grad is None
    assert weight._version == version


def test_it_is_the_same_in_pieces(monkeypatch):
    generator = torch.Generator().manual_seed(1)
    a = torch.randn(37, 11, 3, generator=generator)
    b = a.clone()
    b[36, 10, 2] += 1
    b[0, 0, 0] = -b[0, 0, 0]
    b = b.transpose(0, 2).contiguous().transpose(0, 2)
    whole = size_of(a, b)
    monkeypatch.setattr(_sizes, "_CHUNK", 7)
    assert size_of(a, b) == whole
    assert whole.different == 2
    pieces = [len(piece.reshape(-1)) for piece, _ in _sizes._pieces(a, b)]
    assert sum(pieces) == a.numel()
    assert max(pieces) <= 7


def test_a_nan_in_one_piece_is_not_forgotten_by_the_next(monkeypatch):
    monkeypatch.setattr(_sizes, "_CHUNK", 2)
    a, b = torch.arange(8.0), torch.arange(8.0) + 1
    a[1] = math.nan
    assert size_of(a, b) == Size(8, 8, None, None)


def test_the_largest_difference_is_rounded_as_float64_does():
    a, b = torch.tensor([2**63 - 1]), torch.tensor([-(2**63)])
    assert size_of(a, b).max_abs == float(Fraction(2**64 - 1))
