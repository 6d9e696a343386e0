"""Fingerprints that are read later; a CPU stands in for the accelerator where none is at hand."""

import gc
import weakref

import numpy as np
import pytest
import torch

from retorch.errors import UsageError
from retorch.fingerprints import (
    _later,
    fingerprint,
    fingerprint_batch,
    fingerprint_batch_later,
    fingerprint_later,
    ordered_sum,
)
from retorch.fingerprints._mixing import mix, tensor_seed


@pytest.fixture
def accelerator(monkeypatch):
    """Tensors of whole numbers count as lying on the CPU, all others go the way of an accelerator's."""
    monkeypatch.setattr(_later, "_on_host", lambda tensor: not tensor.is_floating_point())
    monkeypatch.setattr(_later, "hash_quickly", lambda tensor: None)
    monkeypatch.setattr("retorch.fingerprints._batch.hash_quickly", lambda tensor: None)


def test_cpu_tensors_are_ready_at_once_and_keep_their_order():
    tensors = [torch.full((3,), float(number)) for number in range(5)]
    later = fingerprint_later(tensors)
    assert later.ready()
    numbers = later.read()
    assert numbers.dtype == np.uint64
    assert numbers.tolist() == [fingerprint(tensor) for tensor in tensors] == later.read().tolist()


def test_nothing_gives_nothing():
    assert fingerprint_later([]).ready()
    assert fingerprint_later([]).read().shape == (0,)


def test_what_happens_to_a_tensor_afterwards_changes_nothing():
    tensor = torch.zeros(4)
    later, told = fingerprint_later([tensor, tensor.view(2, 2).t()]), fingerprint(tensor)
    tensor += 1
    assert later.read()[0] == told


def test_no_tensor_is_kept_alive():
    tensor = torch.zeros(4, 4)
    later, gone = fingerprint_later([tensor, tensor.t()]), weakref.ref(tensor)
    del tensor
    gc.collect()
    assert gone() is None
    later.read()


@pytest.mark.usefixtures("accelerator")
def test_an_accelerators_fingerprint_is_its_ordered_sum_stirred_with_dtype_and_shape():
    tensor = torch.rand(3, 5)
    assert fingerprint_later([tensor]).read()[0] == mix(ordered_sum(tensor) ^ tensor_seed("float32", (3, 5)))
    assert fingerprint_later([tensor.t()]).read()[0] == mix(ordered_sum(tensor.t()) ^ tensor_seed("float32", (5, 3)))


def test_tensors_of_several_devices_come_back_in_the_order_of_the_argument(accelerator, monkeypatch):
    tensors = [
        torch.rand(3),
        torch.arange(3),
        torch.rand(2, 2),
        torch.rand(2, 2).t(),
        torch.arange(4),
        torch.eye(2).to_sparse(),
    ]
    mixed = fingerprint_later(tensors).read()
    assert mixed.tolist() == [int(fingerprint_later([tensor]).read()[0]) for tensor in tensors]
    assert len(set(mixed.tolist())) == len(tensors)
    monkeypatch.undo()
    at_home = fingerprint_later(tensors).read()
    assert (mixed == at_home).tolist() == [False, True, False, False, True, False]


@pytest.mark.usefixtures("accelerator")
def test_batches_of_an_accelerator():
    x, y = torch.rand(4, 3), torch.arange(4)
    batch = {"x": x, "more": [y, (x.t(), "name")]}
    told = fingerprint_batch_later(batch).read()
    assert told.shape == (1,)
    assert told[0] == fingerprint_batch(batch)
    assert told[0] == fingerprint_batch({"x": x.clone(), "more": [y, (x.t().contiguous(), "name")]})
    assert told[0] != fingerprint_batch({"x": x.flip(0), "more": [y, (x.t(), "name")]})
    assert fingerprint_batch({x[0], "a"}) > 0


def test_one_tensor_without_values_is_named():
    with pytest.raises(UsageError, match="on the meta device"):
        fingerprint_later([torch.ones(2), torch.ones(2, device="meta")])
