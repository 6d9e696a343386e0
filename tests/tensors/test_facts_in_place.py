"""The verdict on in-place writes against the real write on a tensor made the same way."""

import contextlib
import math

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode

from retorch.tensors import read_facts


def leaf(*shape):
    return torch.ones(shape, requires_grad=True)


def inner(*shape):
    """A result of an operation that saves nothing."""
    return leaf(*shape) + 1


def under(mode, make):
    with mode():
        return make()


class Flattened(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.view(-1)

    @staticmethod
    def backward(ctx, gradient):
        return gradient.view(3, 3)


def of_a_view_in_no_grad():
    x = inner(4)
    return under(torch.no_grad, lambda: x[:2])


def of_a_leaf_in_no_grad():
    x = leaf(4)
    return under(torch.no_grad, lambda: x[:2])


def of_a_view_in_inference_mode():
    x = inner(4)
    return under(torch.inference_mode, lambda: x[:2])


MAKERS = {
    "a plain tensor": lambda: torch.ones(3),
    "integers": lambda: torch.ones(3, dtype=torch.int64),
    "booleans": lambda: torch.ones(3, dtype=torch.bool),
    "0-d": lambda: torch.tensor(1.0),
    "empty": lambda: torch.ones(0, 3),
    "a parameter": lambda: torch.nn.Parameter(torch.ones(3)),
    "a leaf": lambda: leaf(3),
    "an empty leaf": lambda: leaf(0),
    "a view of a leaf": lambda: leaf(3)[:2],
    "a view of a view of a leaf": lambda: leaf(3, 3)[:2].t(),
    "a detached leaf": lambda: leaf(3).detach(),
    "the data of a leaf": lambda: leaf(3).data,
    "a result": lambda: inner(3),
    "a view of a result": lambda: inner(3, 3)[1:],
    "one of unbind": lambda: inner(3, 3).unbind(0)[0],
    "one of split": lambda: inner(3, 3).split(1)[1],
    "one of chunk": lambda: inner(3, 3).chunk(2)[1],
    "one of iterating": lambda: next(iter(inner(3, 3))),
    "one of unbinding a leaf": lambda: leaf(3, 3).unbind(0)[0],
    "a view of one of unbind": lambda: inner(3, 3).unbind(0)[0][:1],
    "one of unbinding without gradient": lambda: torch.ones(3, 3).unbind(0)[0],
    "a no_grad view of a result": of_a_view_in_no_grad,
    "a no_grad view of a leaf": of_a_leaf_in_no_grad,
    "an inference view of a result": of_a_view_in_inference_mode,
    "a view of a no_grad view": lambda: of_a_view_in_no_grad()[:1],
    "a view of an inference view": lambda: of_a_view_in_inference_mode()[:1],
    "a view from a custom function": lambda: Flattened.apply(inner(3, 3)),
    "an inference tensor": lambda: under(torch.inference_mode, lambda: torch.ones(3)),
    "a view of an inference tensor": lambda: under(torch.inference_mode, lambda: torch.ones(3))[:2],
    "an expanded inference tensor": lambda: under(torch.inference_mode, lambda: torch.ones(3, 1)).expand(3, 3),
    "expanded": lambda: torch.ones(3, 1).expand(3, 3),
    "expanded to one": lambda: torch.ones(1).expand(1, 1),
    "expanded and empty": lambda: torch.ones(1, 0).expand(3, 0),
    "an expanded leaf": lambda: leaf(3, 1).expand(3, 3),
    "an expanded result": lambda: inner(3, 1).expand(3, 3),
    "permuted and gapped": lambda: torch.ones(4, 6).t()[::2],
    "crossed strides": lambda: torch.ones(20).as_strided((2, 3), (3, 2)),
    "complex and conjugate": lambda: torch.ones(3, dtype=torch.complex64).conj(),
    "negative": lambda: torch.ones(3, dtype=torch.complex64).conj().imag,
    "meta": lambda: torch.ones(3, device="meta"),
    "expanded meta": lambda: torch.ones(3, 1, device="meta").expand(3, 3),
    "a meta leaf": lambda: torch.ones(3, device="meta", requires_grad=True),
    "fake": lambda: under(FakeTensorMode, lambda: torch.ones(3)),
    "expanded fake": lambda: under(FakeTensorMode, lambda: torch.ones(3, 1).expand(3, 3)),
    "from NumPy": lambda: torch.from_numpy(np.ones(3)),
}
MODES = {"": contextlib.nullcontext, "under no_grad": torch.no_grad, "in inference mode": torch.inference_mode}


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_verdict_is_what_the_real_write_gets(make, mode):
    x, twin = make(), make()
    with mode():
        told = read_facts(x).in_place
        error = error_of(lambda: twin.add_(True))
    assert told.verdict == ("allowed" if error is None else "forbidden"), error
    assert told.error in (error or "")
    assert bool(told.error) == bool(error) == bool(told.reason)


def test_two_reasons_against_a_write_are_both_told():
    x = leaf(3, 1).expand(3, 3)
    reason = read_facts(x).in_place.reason
    assert reason.startswith("a view of a leaf that requires a gradient")
    assert "; and expanded: one element stands for several" in reason


def test_fill_and_zero_may_write_into_an_expanded_tensor_as_the_reason_says():
    x = torch.ones(3, 1).expand(3, 3)
    assert "only fill_ and zero_ may write" in read_facts(x).in_place.reason
    x.zero_()
    x.fill_(2)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), max_size=4))
@example([(1, 0), (3, 1), (3, 1)])
def test_torch_refuses_expanded_layouts_and_lets_other_overlaps_pass(dimensions):
    shape, strides = [size for size, _ in dimensions], [stride for _, stride in dimensions]
    x = torch.zeros(200).as_strided(shape, strides)
    told = read_facts(x).in_place
    assert (told.verdict == "forbidden") == (error_of(lambda: x.add_(1)) is not None)
    places = set(offsets(shape, strides))
    assert (told.verdict == "allowed") == (len(places) == math.prod(shape))


def test_a_write_into_overlapping_windows_is_called_silently_wrong():
    x = torch.arange(5.0)
    windows = x.unfold(0, 3, 1)
    told = read_facts(windows).in_place
    assert told.verdict == "silently wrong"
    assert "several indices show one element" in told.reason
    windows += 1
    assert x.tolist() != [1, 2, 3, 4, 5]


def test_windows_of_an_inference_tensor_are_refused_before_their_overlap_counts():
    windows = under(torch.inference_mode, lambda: torch.arange(5.0)).unfold(0, 3, 1)
    assert read_facts(windows).in_place.error in error_of(lambda: windows.add_(1))
    with torch.inference_mode():
        assert read_facts(windows).in_place.verdict == "silently wrong"


def test_kinds_with_rules_of_their_own_are_not_judged():
    assert read_facts(torch.eye(3).to_sparse()).in_place.verdict == "unknown"
    assert read_facts(torch.eye(3).to_sparse().requires_grad_()).in_place.verdict == "forbidden"
    assert read_facts(torch.nn.UninitializedParameter()).in_place.verdict == "unknown"


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_a_quantized_tensor_is_judged_like_any_other():
    x = torch._empty_affine_quantized([3], scale=1.0, zero_point=0, dtype=torch.qint8)
    assert read_facts(x).in_place.allowed
    x.fill_(1)


def test_a_read_only_array_refuses():
    array = np.ones(3)
    assert read_facts(array).in_place.allowed
    array.flags.writeable = False
    told = read_facts(array).in_place
    assert told.verdict == "forbidden"
    with pytest.raises(ValueError, match=told.error):
        array[0] = 2


def test_elements_of_an_array_that_share_bytes_are_told_though_no_stride_is_a_whole_element():
    array = np.zeros(16, dtype=np.float32)
    shifted = np.lib.stride_tricks.as_strided(array, shape=(5,), strides=(2,))
    facts = read_facts(shifted)
    assert facts.layout is None
    assert facts.overlaps_itself
    assert facts.in_place.verdict == "silently wrong"
    shifted[0] = 1
    assert shifted[1] != 0
    apart = read_facts(np.zeros(4, dtype=[("a", "i2"), ("b", "f4")])["b"])
    assert apart.overlaps_itself is False
    assert apart.in_place.allowed


def error_of(write):
    try:
        write()
    except RuntimeError as error:
        return str(error)
    return None


def offsets(shape, strides):
    places = [0]
    for size, stride in zip(shape, strides, strict=True):
        places = [place + index * stride for place in places for index in range(size)]
    return places
