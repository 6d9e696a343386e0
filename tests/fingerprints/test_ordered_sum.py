"""The order-seeing sum: its definition, and that it adds up over shards."""

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from retorch.errors import UsageError
from retorch.fingerprints import fingerprint, ordered_sum
from retorch.fingerprints._mixing import mix
from retorch.fingerprints._pieces import bit_pieces

PHI, ALL = 0x9E3779B97F4A7C15, 2**64
DTYPES = [
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.uint16, torch.int32, torch.uint32, torch.int64, torch.uint64,
    torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128,
    torch.float8_e4m3fn, torch.float8_e5m2,
]  # fmt: skip


def random_tensor(dtype, *shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    if dtype is torch.bool:
        return torch.rand(shape, generator=generator) < 0.5
    raw = torch.randint(0, 256, (*shape, dtype.itemsize), dtype=torch.uint8, generator=generator)
    return raw.view(dtype).reshape(shape)


def by_definition(array, start=0):
    words = np.ascontiguousarray(array).view(f"u{array.itemsize}").ravel().tolist()
    return sum(mix((word + (start + number + 1) * PHI) % ALL) for number, word in enumerate(words)) % ALL


def test_mix_is_what_the_reference_implementation_of_splitmix64_gives():
    # The first numbers that Vigna's splitmix64.c gives from the state 1234567.
    first = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    assert [mix((1234567 + (number + 1) * PHI) % ALL) for number in range(5)] == first


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.uint64])
@pytest.mark.parametrize("start", [0, 1, 2**31 - 1, 2**40 + 7, 2**63])
def test_the_sum_is_as_defined(dtype, start):
    array = np.random.default_rng(3).integers(0, np.iinfo(dtype).max, 1000, dtype, endpoint=True)
    assert ordered_sum(torch.from_numpy(array), start) == by_definition(array, start)


def test_a_complex_number_is_two_words():
    tensor = random_tensor(torch.complex64, 9)
    assert ordered_sum(tensor) == ordered_sum(torch.view_as_real(tensor))
    assert ordered_sum(tensor[4:], start=4) == ordered_sum(torch.view_as_real(tensor)[4:], start=8)


def test_nothing_sums_up_to_nothing():
    assert ordered_sum(torch.empty(0, 3)) == 0


@given(st.sampled_from(DTYPES), st.integers(0, 300), st.lists(st.integers(0, 300), max_size=5), st.integers(0, 2**20))
def test_sums_add_up_over_any_split(dtype, count, cuts, start):
    whole = random_tensor(dtype, count, seed=start)
    edges = [0, *sorted(min(cut, count) for cut in cuts), count]
    shards = (ordered_sum(whole[low:high], start + low) for low, high in itertools.pairwise(edges))
    assert sum(shards) % ALL == ordered_sum(whole, start)


def test_many_pieces_give_the_sum_of_one(monkeypatch):
    tensor = random_tensor(torch.float32, 5, 7, 11)
    whole = [ordered_sum(tensor), ordered_sum(tensor.permute(2, 0, 1))]
    for most in (1, 3, 10, 100):
        monkeypatch.setattr("retorch.fingerprints._ordered._CPU_PIECE", most)
        assert [ordered_sum(tensor), ordered_sum(tensor.permute(2, 0, 1))] == whole


@given(st.lists(st.integers(0, 4), max_size=4), st.permutations(range(4)), st.integers(1, 40))
def test_pieces_come_in_logical_order_and_never_hold_more_than_asked_for(shape, order, most):
    axes = [axis for axis in order if axis < len(shape)]
    tensor = random_tensor(torch.int32, *shape).permute(axes)
    pieces = list(bit_pieces(tensor, most))
    assert all(0 < len(piece) <= most for piece in pieces)
    assert torch.cat([torch.empty(0, dtype=torch.int32), *pieces]).tolist() == tensor.reshape(-1).tolist()


@pytest.mark.parametrize("tensor", [torch.eye(3).to_sparse(), torch.eye(3).to_mkldnn()])
def test_only_strided_tensors_have_an_ordered_sum(tensor):
    with pytest.raises(UsageError, match="only the elements of a strided tensor have places that count"):
        ordered_sum(tensor)


INTERPRETED = """
import torch
from retorch.fingerprints import _eager, _kernel
from retorch.fingerprints._pieces import spans_of

for width, dtype in ((8, torch.uint8), (16, torch.int16), (32, torch.int32), (64, torch.int64)):
    tensors = [torch.randint(-2**(width - 1) * (width > 8), 2**(width - 1) - 1, (n,), dtype=dtype)
               for n in (1, 3, 2048, 5000, 0, 40001)]
    tensors += [tensors[3][5:], tensors[3].view(50, 100).t()]
    for group in (tensors, tensors[:2], tensors[3:4]):
        for start in (0, 7, 2**31 - 1, 2**40):
            spans = list(spans_of(group, 1 << 22, start=start, cut_all=False))
            sums, right = (torch.zeros(len(group), dtype=torch.int64) for _ in range(2))
            _kernel.add_sums(spans, sums)
            _eager.add_sums(spans, right)
            assert torch.equal(sums, right), (dtype, start)
    print("equal", dtype)
"""


def test_the_triton_kernel_gives_the_same_sums_in_tritons_interpreter():
    pytest.importorskip("triton")
    answer = subprocess.run(
        [sys.executable, "-c", INTERPRETED], env={**os.environ, "TRITON_INTERPRET": "1"}, capture_output=True, text=True
    )
    if "only 0-dimensional arrays can be converted" in answer.stderr:
        pytest.skip("this Triton's interpreter does not know this NumPy")
    assert answer.stdout.count("equal") == 4, answer.stderr


def test_a_device_where_the_kernel_fails_gets_torchs_own_operations_and_a_notice(monkeypatch):
    from retorch.errors import RetorchNotice
    from retorch.fingerprints import _ordered

    def fail(*_):
        raise RuntimeError("no C compiler")

    tensor, device = torch.arange(10), torch.device("cpu", 0)
    expected = ordered_sum(tensor)
    monkeypatch.setattr(_ordered, "_TRITON_COMPILES_FOR", ("cpu",))
    monkeypatch.setattr(torch.accelerator, "device_index", fail)
    _ordered._kernel_for.cache_clear()
    try:
        with pytest.warns(RetorchNotice, match="with torch's own operations.*the fingerprints are the same"):
            assert _ordered._kernel_for(device) is None
    finally:
        _ordered._kernel_for.cache_clear()
        monkeypatch.undo()
    assert ordered_sum(tensor) == expected


def test_fingerprints_of_equal_sums_differ_by_dtype_and_shape():
    tensor = torch.zeros(4, 4, dtype=torch.int32)
    alike = [tensor, tensor.view(2, 8), tensor.view(torch.float32), tensor.view(16)]
    assert len({ordered_sum(each) for each in alike}) == 1
    assert len({fingerprint(each) for each in alike}) == 4
