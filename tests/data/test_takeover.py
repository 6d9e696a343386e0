"""Batches of a DataLoader that is taken over are those that torch gives for the same indices."""

import itertools
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_sets import FIRST, SEED, Augmented, Recording, flat, walked
from torch.utils.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    DistributedSampler,
    RandomSampler,
    SequentialSampler,
    StackDataset,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
)

from retorch import Loader
from retorch.data import Pass, adopt
from retorch.randomness import key


class Pair(NamedTuple):
    image: torch.Tensor
    label: int


class Listed(Dataset):
    def __init__(self, samples):
        self.samples = samples

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        assert type(index) is int
        return self.samples[index]


class Whole(Listed):
    def __getitems__(self, indices):
        assert type(indices) is list
        return [self.samples[index] for index in indices]


def tensors():
    return TensorDataset(torch.randn(13, 3, 4), torch.arange(13), torch.arange(13) % 2 == 0)


DATASETS = {
    "tensors": tensors,
    "one tensor": lambda: TensorDataset(torch.arange(13)),
    "complex and bfloat16": lambda: TensorDataset(torch.randn(13, 2) * 1j, torch.randn(13).bfloat16()),
    "unsigned": lambda: TensorDataset(torch.arange(13).to(torch.uint16)),
    "no elements": lambda: TensorDataset(torch.empty(13, 0)),
    "transposed": lambda: TensorDataset(torch.randn(4, 13).t(), torch.randn(2, 3, 13).permute(2, 1, 0)),
    "channels last": lambda: TensorDataset(torch.randn(13, 3, 4, 5).to(memory_format=torch.channels_last)),
    "permuted volumes": lambda: TensorDataset(torch.randn(2, 4, 5, 3, 13).permute(4, 0, 3, 1, 2)),
    "expanded": lambda: TensorDataset(torch.randn(1, 3, 4, 5).expand(13, 3, 4, 5)),
    "conjugated": lambda: TensorDataset((torch.randn(13, 2) * 1j).conj()),
    "subset": lambda: Subset(tensors(), [5, 3, 3, -1, 0, 8, 12]),
    "subset of a subset": lambda: Subset(Subset(tensors(), range(1, 12)), np.array([9, 0, -2, 4])),
    "subset by tensor": lambda: Subset(tensors(), torch.tensor([4, 2, 9])),
    "concatenated": lambda: ConcatDataset([tensors(), tensors()]),
    "stacked": lambda: StackDataset(a=tensors(), b=Listed(list(range(13)))),
    "named tuples": lambda: Listed([Pair(torch.randn(2), number) for number in range(13)]),
    "dicts": lambda: Listed([{"x": np.ones(2) * number, "name": str(number)} for number in range(13)]),
    "numbers": lambda: Listed([number / 3 for number in range(13)]),
    "getitems": lambda: Whole([(number, [number, 2.5]) for number in range(13)]),
    "a plain list": lambda: list(range(13)),
}


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("workers", [0, 1])
def test_batches_have_torchs_bytes_types_and_strides(name, workers):
    dataset = DATASETS[name]()
    if (name, workers) == ("conjugated", 1):
        pytest.skip("torch cannot collate conjugated tensors in a worker either")
    expected = [flat(batch) for batch in DataLoader(dataset, batch_size=4, num_workers=workers)]
    assert walked(DataLoader(dataset, batch_size=4, num_workers=workers)) == expected
    assert walked(Loader(dataset, batch_size=4, workers=workers)) == expected or name == "a plain list"


@settings(deadline=None, max_examples=40)
@given(data=st.data(), size=st.integers(1, 20), batch_size=st.integers(1, 7), drop_last=st.booleans())
def test_any_subset_of_tensors_is_read_as_torch_reads_it(data, size, batch_size, drop_last):
    chosen = data.draw(st.lists(st.integers(-size, size - 1), max_size=15))
    dataset = Subset(TensorDataset(torch.randn(size, 2), torch.arange(size)), chosen)
    plain = DataLoader(dataset, batch_size=batch_size, drop_last=drop_last)
    assert walked(plain) == [flat(batch) for batch in plain]


def test_gradients_flow_to_a_tensor_that_requires_them():
    values = torch.randn(4, 2, requires_grad=True)
    (batch,) = next(adopt(DataLoader(TensorDataset(values), 4)).open(SEED, FIRST))
    assert type(batch.grad_fn).__name__ == "StackBackward0"


def test_an_index_out_of_range_is_torchs_own_error():
    with pytest.raises(IndexError):
        walked(DataLoader(Subset(tensors(), [0, 99]), 2))


def test_an_extended_default_collate_is_respected(monkeypatch):
    from torch.utils.data._utils.collate import default_collate_fn_map

    monkeypatch.setitem(default_collate_fn_map, torch.Tensor, lambda batch, *, collate_fn_map: "mine")
    assert list(adopt(DataLoader(tensors(), 13)).open(SEED, FIRST)) == [["mine", "mine", "mine"]]


@pytest.mark.parametrize("workers", [0, 1])
def test_without_automatic_batching_samples_come_as_torch_gives_them(workers):
    dataset = Listed([(np.ones(2) * number, str(number)) for number in range(5)])
    plain = DataLoader(dataset, batch_size=None, num_workers=workers)
    assert walked(plain) == [flat(sample) for sample in plain]
    assert walked(plain, start=3) == [flat(sample) for sample in plain][3:]
    assert adopt(plain).batches() == 5
    shuffled = DataLoader(dataset, batch_size=None, shuffle=True, num_workers=workers)
    assert sorted(walked(shuffled)) == sorted(walked(plain))


def numbers(loader, at=FIRST, start=0):
    batches = [batch.tolist() for batch in adopt(loader).open(SEED, at, start)]
    return list(itertools.chain.from_iterable(batches))


def expected_order(sampler, at=FIRST):
    sampler.generator = torch.Generator().manual_seed(key(SEED, "order", at.epoch, at.section))
    return list(sampler)


SAMPLERS = {
    "random": lambda: RandomSampler(range(20)),
    "replacement": lambda: RandomSampler(range(20), replacement=True, num_samples=50),
    "more than all": lambda: RandomSampler(range(20), num_samples=45),
    "fewer than all": lambda: RandomSampler(range(20), num_samples=7),
    "subset": lambda: SubsetRandomSampler([3, 1, 4, 15, 9, 2, 6]),
    "weighted": lambda: WeightedRandomSampler([number + 0.5 for number in range(20)], 30),
}


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("how", ["sampler", "batch_sampler"])
def test_a_standard_sampler_gives_exactly_what_it_gives_under_the_key(name, how):
    make = SAMPLERS[name]

    def loader():
        if how == "sampler":
            return DataLoader(Recording(20), batch_size=4, sampler=make())
        return DataLoader(Recording(20), batch_sampler=BatchSampler(make(), 4, drop_last=False))

    for at in (Pass(0), Pass(3, 1)):
        expected = expected_order(make(), at)
        assert numbers(loader(), at) == expected
        assert numbers(loader(), at, start=1) == expected[4:]
    assert not adopt(loader()).replays


def test_a_plain_list_of_batches_of_indices_is_an_order():
    loader = DataLoader(Recording(10), batch_sampler=[[4, 0], [4], [1, 2, 3]])
    assert numbers(loader) == [4, 0, 4, 1, 2, 3]
    assert numbers(loader, start=2) == [1, 2, 3]
    assert not adopt(loader).replays
    assert adopt(loader).batches() == 3


@pytest.mark.parametrize("sampler", [[4, 0, 4], (2, 1), range(3, 9, 2), SequentialSampler(range(6))])
def test_a_plain_sequence_of_indices_is_an_order(sampler):
    loader = DataLoader(Recording(10), batch_size=2, sampler=sampler)
    assert numbers(loader) == list(sampler)
    assert not adopt(loader).replays


def test_a_distributed_sampler_gets_the_epoch_and_keeps_its_own_seed():
    def loader(rank):
        sampler = DistributedSampler(range(10), num_replicas=2, rank=rank, seed=3)
        return DataLoader(Recording(10), batch_size=2, sampler=sampler)

    expected = DistributedSampler(range(10), num_replicas=2, rank=1, seed=3)
    expected.set_epoch(4)
    assert numbers(loader(1), Pass(4)) == list(expected)
    assert sorted(numbers(loader(0), Pass(4)) + numbers(loader(1), Pass(4))) == list(range(10))


def test_a_users_generator_enters_the_order_once_by_its_first_state():
    def loader(state):
        generator = torch.Generator().manual_seed(state)
        return generator, DataLoader(Recording(20), batch_size=4, shuffle=True, generator=generator)

    generator, plain = loader(1)
    before = generator.get_state()
    source = adopt(plain)
    orders = [[batch.tolist() for batch in source.open(SEED, Pass(epoch))] for epoch in (0, 1, 0)]
    assert orders[0] == orders[2] != orders[1]
    assert torch.equal(generator.get_state(), before)
    assert [batch.tolist() for batch in adopt(loader(1)[1]).open(SEED, Pass(1))] == orders[1]
    assert [batch.tolist() for batch in adopt(loader(2)[1]).open(SEED, Pass(1))] != orders[1]
    assert adopt(loader(1)[1]).signature() != adopt(loader(2)[1]).signature()


def test_the_same_loader_can_be_adopted_twice_and_is_left_as_it_was():
    plain = DataLoader(Augmented(), 4, shuffle=True, num_workers=1, persistent_workers=True)
    assert walked(plain) == walked(plain)
    assert plain._iterator is None


def test_the_signature_names_what_a_position_depends_on():
    assert adopt(DataLoader(Recording(20), 4, shuffle=True)).signature() == {
        "batch_size": 4,
        "drop_last": False,
        "order": "shuffled",
        "samples": 20,
    }
    assert adopt(Loader(Recording(20), 4, shuffle=True, workers=2)).signature() == (
        adopt(DataLoader(Recording(20), 4, shuffle=True)).signature()
    )


def test_another_random_split_is_another_signature():
    def split(seed):
        parts = torch.utils.data.random_split(tensors(), [9, 4], generator=torch.Generator().manual_seed(seed))
        return adopt(DataLoader(parts[0], 4)).signature()

    assert split(1) == split(1) != split(2)


def test_batches_out_of_order_are_advised_against():
    (sentence,) = adopt(DataLoader(Recording(4), num_workers=2, in_order=False)).advice
    assert "in_order=False" in sentence
    assert "Leave in_order at True" in sentence


def test_every_setting_of_the_workers_is_handed_on(monkeypatch):
    given = {}

    class Noting(DataLoader):
        def __init__(self, dataset, **options):
            given.update(options)
            super().__init__(dataset, **options)

    settings = {
        "num_workers": 1,
        "timeout": 60,
        "prefetch_factor": 3,
        "persistent_workers": True,
        "in_order": False,
        "multiprocessing_context": torch.multiprocessing.get_context("fork"),
        "pin_memory_device": "cuda",
    }
    plain = DataLoader(Recording(4), **settings)
    monkeypatch.setattr("retorch.data._delivery.DataLoader", Noting)
    next(adopt(plain).open(SEED, FIRST))
    assert {name: given[name] for name in settings} == settings


@pytest.mark.parametrize("workers", [0, 1])
def test_pinning_is_for_accelerators_only(workers):
    plain = DataLoader(tensors(), 13, pin_memory=True, num_workers=workers)
    (batch,) = adopt(plain).open(SEED, FIRST)
    assert batch[0].is_pinned() == torch.accelerator.is_available()
