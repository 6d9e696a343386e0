"""Fingerprints of what loaders yield."""

import collections
import dataclasses
import enum
import os
import subprocess
import sys
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.utils.rnn import pack_sequence

from retorch.errors import UsageError
from retorch.fingerprints import fingerprint, fingerprint_batch, fingerprint_batch_later

X, Y = torch.rand(8, 2), torch.arange(8)


class Pair(NamedTuple):
    x: torch.Tensor
    y: torch.Tensor


@dataclasses.dataclass
class Sample:
    x: torch.Tensor
    name: str = "a"
    late: int = dataclasses.field(init=False)


class Unknown:
    def __init__(self, value):
        self.value = value

    def __getattr__(self, name):
        raise RuntimeError("do not touch me")

    def __repr__(self):
        raise RuntimeError("do not print me")


class Other(Unknown):
    pass


class Colour(enum.IntEnum):
    RED = 1


def test_a_tensor_is_the_simplest_batch():
    assert fingerprint_batch(X) == fingerprint(X)
    assert fingerprint_batch(X.t()) == fingerprint(X.t())


def test_lists_and_tuples_are_equal_and_nesting_counts():
    told = fingerprint_batch((X, Y))
    assert (
        told == fingerprint_batch([X, Y]) == fingerprint_batch(Pair(X, Y)) == fingerprint_batch([X.clone(), Y.clone()])
    )
    assert told == fingerprint_batch(collections.deque([X, Y]))
    others = [(Y, X), (X, (Y,)), [[X, Y]], [X], [X, Y, None], [X, Y, []], {"x": X, "y": Y}, [], (), {}, set(), None]
    numbers = {told, *map(fingerprint_batch, others)}
    assert len(numbers) == len(others)  # an empty list and an empty tuple are equal


@pytest.mark.parametrize(
    "build",
    [
        lambda x: (x, Y),
        lambda x: {"x": x, "y": [Y]},
        lambda x: Sample(x),
        lambda x: [[{"a": x}]],
        lambda x: {1: x},
        lambda x: Pair(x, Y),
        lambda x: pack_sequence([x, x[:3]]),
    ],
)
def test_the_values_of_tensors_count_and_their_strides_do_not(build):
    assert fingerprint_batch(build(X)) == fingerprint_batch(build(X.clone()))
    assert fingerprint_batch(build(X)) == fingerprint_batch(build(X.t().contiguous().t()))
    assert fingerprint_batch(build(X)) != fingerprint_batch(build(X.flip(0)))


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda items: st.lists(items) | st.dictionaries(st.text(), items) | st.tuples(items, items), max_leaves=8,
))  # fmt: skip
def test_quick_and_thorough_ways_agree_for_any_structure(batch):
    quick = fingerprint_batch([X, batch])
    with torch.device("cpu"):  # a mode, under which the thorough way is taken
        assert fingerprint_batch([X, batch]) == quick
        assert fingerprint_batch({"a": X, "b": (X, Y)}) == fingerprint_batch({"a": X, "b": (X, Y)})
    assert int(fingerprint_batch_later([X, batch]).read()[0]) == quick
    assert 0 < quick < 2**64


def test_the_quick_way_through_mappings_agrees_too():
    batch = {"x": X, "rest": (Y, {"deep": [X]})}
    quick = fingerprint_batch(batch)
    with torch.device("cpu"):
        assert fingerprint_batch(batch) == quick
    assert fingerprint_batch(collections.OrderedDict(batch)) == fingerprint_batch(collections.UserDict(batch)) == quick


def test_leaves_count_by_type_and_value():
    leaves = [
        None, False, True, 0, 1, -1, 255, 256, 2**64, -(2**64), 10**40, 0.0, -0.0, 1.0, float("nan"), 0j, 1j, "", "a", "b",
        b"", b"a", b"b", "1", range(3), range(4), [], [0], [[]], {}, {0: 1}, {1: 0}, set(), {1}, {1, 2}, "\ud800",
        np.float32(1), np.float64(1), np.int64(1), np.bool_(True), np.array("a"), np.array([1.0]), np.array([[1.0]]),
        np.array(["a", "b"]), np.array([b"a"]), np.datetime64("2020-01-01"), np.array([1, None], dtype=object),
        np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]), np.longdouble(1), np.longdouble(2),
        np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[0, 0]),
    ]  # fmt: skip
    numbers = [fingerprint_batch(leaf) for leaf in leaves]
    assert len(set(numbers)) == len(leaves)
    assert numbers == [fingerprint_batch(leaf) for leaf in leaves]
    assert all(0 < number < 2**64 for number in numbers)


def test_sets_have_no_order_and_mappings_have_one():
    words = [f"word {number}" for number in range(50)]
    assert fingerprint_batch(set(words)) == fingerprint_batch(frozenset(reversed(words)))
    assert fingerprint_batch({"x": X, "y": Y}) != fingerprint_batch({"y": Y, "x": X})
    assert fingerprint_batch({"x": 1, "y": 2}) != fingerprint_batch({"y": 2, "x": 1})
    assert fingerprint_batch({"x": X}) != fingerprint_batch({"y": X})


def test_enumerations_and_subclasses_count_as_what_they_are():
    class Text(str):
        __slots__ = ()

    assert fingerprint_batch(Colour.RED) == fingerprint_batch(1)
    assert fingerprint_batch(Text("a")) == fingerprint_batch("a")
    assert fingerprint_batch(bytearray(b"a")) == fingerprint_batch(memoryview(b"a")) == fingerprint_batch(b"a")


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "float16", "float32", "float64", "complex64"])
def test_an_array_is_equal_to_the_tensor_of_its_values(dtype):
    array = np.arange(12).reshape(3, 4).astype(dtype)
    told = fingerprint(torch.from_numpy(array.copy()))
    assert told == fingerprint_batch(array) == fingerprint_batch(np.asfortranarray(array))
    assert (
        told == fingerprint_batch(array[::-1][::-1]) == fingerprint_batch(array.astype(array.dtype.newbyteorder(">")))
    )
    assert fingerprint_batch(array[::-1]) == fingerprint(torch.from_numpy(array[::-1].copy())) != told
    assert fingerprint_batch(array[0, 1]) == fingerprint(torch.from_numpy(array)[0, 1])


def test_other_objects_count_by_their_types_name_alone():
    assert fingerprint_batch(Unknown(1)) == fingerprint_batch(Unknown(2)) != fingerprint_batch(Other(1))
    assert (
        fingerprint_batch([X, Unknown(1)]) == fingerprint_batch([X, Unknown(2)]) != fingerprint_batch([Y, Unknown(1)])
    )
    assert fingerprint_batch(object()) == fingerprint_batch(object())
    assert fingerprint_batch(iter([1])) == fingerprint_batch(iter([2]))


def test_iterators_are_left_where_they_are():
    numbers = iter([1, 2, 3])
    fingerprint_batch(numbers)
    assert next(numbers) == 1


def test_tensors_without_values_are_refused():
    with pytest.raises(UsageError, match="is on the meta device"):
        fingerprint_batch([X, {"y": torch.ones(2, device="meta")}])


def test_a_batch_that_contains_itself_is_refused():
    batch = [1]
    batch.append(batch)
    with pytest.raises(UsageError, match="contains itself, or is nested deeper"):
        fingerprint_batch(batch)
    with pytest.raises(UsageError, match="contains itself"):
        fingerprint_batch_later({"a": batch})


def test_fingerprints_are_the_same_in_another_process():
    program = (
        "import torch, numpy as np; from retorch.fingerprints import fingerprint_batch as f;"
        "print(f([torch.arange(8), {'a': 'b', 'c': {1, 2, 'x'}}, np.ones(3), 2**70, object()]))"
    )
    answers = {
        subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    here = fingerprint_batch([torch.arange(8), {"a": "b", "c": {1, 2, "x"}}, np.ones(3), 2**70, object()])
    assert answers == {f"{here}\n"}
