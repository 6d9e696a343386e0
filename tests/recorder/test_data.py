"""A data set is described without drawing a sample from it."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
import torch
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset, TensorDataset

from retorch.recorder import _data
from retorch.recorder._data import data_facts, record_data
from retorch.runs._environment import read_data


def same(a, b):
    return json.loads(json.dumps(data_facts(a))) == json.loads(json.dumps(data_facts(b)))


def swapped(x):
    x = x.clone()
    x[[0, 1]] = x[[1, 0]]
    return x


X, Y = torch.arange(24.0).reshape(8, 3), torch.arange(8)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda x: x,
        lambda x: x.numpy(),
        lambda x: (x, Y),
        lambda x: {"x": x},
        lambda x: TensorDataset(x, Y),
        lambda x: Subset(TensorDataset(x, Y), [0, 3]),
        lambda x: ConcatDataset([TensorDataset(Y, Y), TensorDataset(x, Y)]),
        lambda x: DataLoader(TensorDataset(x, Y), batch_size=2),
        lambda x: Images(x),
        lambda x: Images([(f"img{int(row[0])}.png", 1) for row in x]),
        lambda x: Images(list(x) * 20),
        lambda x: Wrapped(Images(x)),
    ],
)
def test_two_swapped_samples_are_seen(wrap):
    assert same(wrap(X), wrap(X.clone()))
    assert not same(wrap(X), wrap(swapped(X)))


class Images(Dataset):
    def __init__(self, held):
        self.held = held

    def __len__(self):
        return 8

    def __getitem__(self, index):
        raise AssertionError("no sample may be drawn")


class Wrapped(Dataset):
    def __init__(self, dataset):
        self.dataset = dataset
        self.itself = self

    def __getattr__(self, name):
        raise AssertionError(name)

    def __len__(self):
        return len(self.dataset)

    @property
    def expensive(self):
        raise AssertionError


def test_nothing_is_drawn_and_no_random_stream_moves():
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()
    facts = data_facts(Wrapped(Images(X)))
    assert facts["length"] == 8
    assert torch.equal(states[0], torch.get_rng_state())
    assert states[1] == random.getstate()
    assert (states[2] == np.random.get_state()[1]).all()


def test_a_set_has_no_order_and_a_list_has_one():
    names = [f"n{number}" for number in range(50)]
    assert same(Images(set(names)), Images(set(names[25:] + names[:25])))
    assert not same(Images(names), Images(names[::-1]))
    assert not same(Images(set(names)), Images(set(names[1:])))


def test_files_that_a_data_set_names_are_told_by_size_and_time(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("1,2\n")
    held = data_facts(Images(str(file)))["holds"]["held"]
    assert held["path"] == str(file)
    assert held["bytes"] == 4
    before = data_facts(Images(file))
    file.write_text("1,2\n3,4\n")
    assert data_facts(Images(file)) != before


def test_a_text_is_never_written_down():
    assert "hunter2" not in json.dumps(data_facts(Images("hunter2")))


def test_at_most_so_many_bytes_are_read(monkeypatch):
    monkeypatch.setattr(_data, "LARGEST_READ", 60)
    facts = data_facts((X, X))["parts"]
    assert facts[0]["first_rows"] == 5
    assert facts[1]["first_rows"] == 0
    changed = X.clone()
    changed[4] += 1
    assert not same(X, changed)
    changed = X.clone()
    changed[5] += 1
    assert same(X, changed)


def test_a_file_behind_an_array_is_not_read(tmp_path):
    np.save(tmp_path / "x.npy", X.numpy())
    facts = data_facts(np.load(tmp_path / "x.npy", mmap_mode="r"))
    assert facts["path"] == str(tmp_path / "x.npy")
    assert "fingerprint" not in facts


@pytest.mark.parametrize(
    "odd",
    [
        None,
        iter([1]),
        (number for number in range(3)),
        torch.empty(2, device="meta"),
        np.array([object()], dtype=object),
        [[object()]],
        Images(Dataset),
        Images(random),
        torch.tensor(3.0),
        np.float32(2),
        X.to_sparse(),
        np.zeros((0, 3)),
    ],
)
def test_odd_things_are_described_by_what_is_known(odd):
    assert json.loads(json.dumps(data_facts(odd)))["type"]


def test_the_same_data_is_written_once_and_others_are_appended(folder):
    record_data(folder, "train", data_facts((X, Y)))
    before = (folder.path / "data.json").read_bytes()
    record_data(folder, "train", data_facts((X, Y)))
    assert (folder.path / "data.json").read_bytes() == before
    record_data(folder, "validation", data_facts((X, Y)))
    found = data_facts((swapped(X), Y))
    record_data(folder, "train", found)
    assert read_data(folder.path) == {"train": found, "validation": data_facts((X, Y))}
    assert len(json.loads((folder.path / "data.json").read_bytes())["data"]) == 3
