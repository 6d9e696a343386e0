"""`Loader` on its own: position, state, batches of similar length, tensors and arrays, errors."""

import functools
import random

import numpy as np
import pytest
import torch
from sample_sets import FIRST, SEED, Augmented, Recording, Stream, flat
from torch.utils.data import DataLoader, Dataset

import retorch
from retorch import Loader
from retorch.data import adopt
from retorch.errors import UsageError


def make(**options):
    return Loader(Augmented(), batch_size=4, shuffle=True, **({"seed": 3} | options))


def test_a_for_loop_walks_an_epoch_and_moves_to_the_next():
    loader = make()
    first, second = [flat(list(loader)) for _ in range(2)]
    assert first != second
    assert (loader.epoch, loader.position) == (2, 0)


@pytest.mark.parametrize("taken", [1, 3, 5])
def test_a_saved_position_goes_on_with_the_next_batch(taken):
    loader = make()
    list(loader)
    walk = iter(loader)
    for _ in range(taken):
        next(walk)
    state = loader.state_dict()
    other = make()
    other.load_state_dict(state)
    assert flat(list(other)) == flat(list(walk))
    assert other.state_dict() == loader.state_dict()


def test_a_state_saved_on_the_last_batch_resumes_at_the_next_epoch():
    loader = make()
    for _ in loader:
        state = loader.state_dict()
    assert (state["epoch"], state["position"]) == (1, 0)
    other = make()
    other.load_state_dict(state)
    assert flat(list(other)) == flat(list(loader))


def test_a_loop_left_by_break_goes_on_where_it_stopped():
    whole = [flat(batch) for batch in make()]
    loader = make()
    for _ in loader:
        break
    assert [flat(batch) for batch in loader] == whole[1:]


def test_seek_goes_to_any_batch():
    whole = [flat(batch) for batch in make()]
    loader = make()
    list(loader)
    loader.seek(0, 4)
    assert [flat(batch) for batch in loader] == whole[4:]
    with pytest.raises(UsageError, match=r"position=7 .* 6 batches"):
        loader.seek(0, 7)


def test_the_state_carries_a_seed_that_nobody_gave():
    loader = make(seed=None)
    next(iter(loader))
    state = loader.state_dict()
    torch.manual_seed(99)
    other = make(seed=None)
    other.load_state_dict(state)
    assert flat(list(other)) == flat(list(loader))


def test_seed_everything_decides_where_no_seed_is_given(monkeypatch):
    monkeypatch.setattr("retorch.data._loader.current_seed", lambda: 3)
    assert flat(list(make(seed=None))) == flat(list(make(seed=3)))


def test_a_seed_of_its_own_wins_over_the_seed_of_a_run():
    def order(seed, run_seed):
        return flat(list(adopt(make(seed=seed)).open(run_seed, FIRST)))

    assert order(3, 7) == order(3, 8)
    assert order(None, 7) != order(None, 8)


def test_the_position_of_another_loader_is_refused_by_name():
    state = make().state_dict()
    with pytest.raises(UsageError, match=r"batch_size=4, this one has 5"):
        Loader(Augmented(), batch_size=5, shuffle=True, seed=3).load_state_dict(state)
    with pytest.raises(UsageError, match=r"seed=3, this one has None"):
        make(seed=None).load_state_dict(state)


TEXTS = [int(length) for length in np.random.default_rng(0).gamma(2, 30, size=5_000)]


def padding(loader):
    batches = [batch[0] for batch in loader]
    padded = sum(int(lengths.max()) * len(lengths) for lengths in batches)
    return 1 - sum(TEXTS) / padded


def test_batches_of_similar_length_hold_little_padding():
    lengths = torch.tensor(TEXTS)
    shuffled = padding(Loader(lengths, 16, shuffle=True, seed=1))
    similar = padding(Loader(lengths, 16, shuffle=True, seed=1, lengths=TEXTS))
    assert padding(Loader(lengths, 16, lengths=TEXTS)) < similar < shuffled / 10


def test_batches_of_similar_length_come_in_random_order_and_full_ones_first():
    loader = Loader(torch.tensor(TEXTS), 16, shuffle=True, seed=1, lengths=TEXTS)
    batches = [batch[0] for batch in loader]
    assert [len(batch) for batch in batches] == [16] * 312 + [8]
    longest = [int(batch.max()) for batch in batches]
    assert longest != sorted(longest)
    assert longest != [int(batch[0].max()) for batch in loader]


def test_lengths_can_be_a_function_of_a_sample():
    state = torch.get_rng_state()
    loader = Loader([[0] * length for length in TEXTS[:50]], 8, lengths=len, collate=lambda batch: batch)
    assert [len(text) for batch in loader for text in batch] == sorted(TEXTS[:50])
    assert torch.equal(torch.get_rng_state(), state)


def test_the_shortest_and_the_longest_are_not_always_the_ones_dropped():
    loader = Loader(torch.arange(10), 4, shuffle=True, lengths=list(range(10)), drop_last=True)
    taken = [set(torch.cat([batch[0] for batch in loader]).tolist()) for _ in range(60)]
    assert set.union(*taken) == set(range(10))
    assert all(any(number not in epoch for epoch in taken) for number in (0, 1, 8, 9))


def test_tensors_and_arrays_are_read_in_place_and_given_as_copies():
    array = np.arange(6.0)
    loader = Loader((array, torch.arange(6)), batch_size=6)
    array[0] = 5
    (inputs, targets) = next(iter(loader))
    assert inputs.dtype == torch.float64
    assert inputs[0] == 5
    inputs.zero_()
    assert array.sum() == 20
    assert targets.tolist() == list(range(6))


def test_arrays_that_torch_cannot_read_in_place_are_copied():
    read_only = np.arange(4)
    read_only.flags.writeable = False
    for array in (read_only, np.arange(3, -1, -1)[::-1], np.arange(4).astype(">i4")):
        assert next(iter(Loader(array, 4)))[0].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("device", ["meta"])
def test_tensors_elsewhere_are_left_to_torch(device):
    (batch,) = next(iter(Loader(torch.empty(4, 2, device=device), 4)))
    assert (batch.device.type, batch.shape) == (device, (4, 2))


def test_no_samples_give_no_batches():
    for loader in (Loader(torch.empty(0, 3), 4, shuffle=True), Loader([], lengths=[])):
        assert len(loader) == 0
        assert list(loader) == []
        assert loader.epoch == 1


def test_fewer_samples_than_a_batch():
    assert [batch[0].tolist() for batch in Loader(torch.arange(3), 8)] == [[0, 1, 2]]
    assert list(Loader(torch.arange(3), 8, drop_last=True)) == []


class Measureless(Dataset):
    def __getitem__(self, index):
        return index


ERRORS = {
    "batch_size=0": (lambda: Loader([1], 0), "1 or more"),
    "batch_size=-2": (lambda: Loader([1], -2), "1 or more"),
    "batch_size=None": (lambda: Loader([1], None), "whole number"),
    "batch_size=True": (lambda: Loader([1], batch_size=True), "whole number"),
    "workers=-1": (lambda: Loader([1], workers=-1), "0 or more"),
    "prefetch=0": (lambda: Loader([1], prefetch=0), "1 or more"),
    "5 samples": (lambda: Loader((torch.ones(5), np.ones(4))), r"5 samples in part 0 and 4 in part 1"),
    "single number": (lambda: Loader(torch.tensor(1.0)), "first dimension must count samples"),
    "array of": (lambda: Loader(np.array(["a", "b"])), "no tensor can hold"),
    "lengths=": (lambda: Loader([1, 2, 3], lengths=[1, 2]), r"shape \[2\] and the data set has 3 samples"),
    "says -4 for sample 1": (lambda: Loader([1, 2], lengths=[3, -4]), "zero or more"),
    "lengths= holds": (lambda: Loader([1, 2], lengths=[3.5, 1]), "whole numbers"),
    "lengths= needs": (lambda: Loader([1, 2], lengths=["a", "b"]), "one whole number a sample"),
    "no __len__": (lambda: Loader(Measureless()), "needs a data set with both"),
    "no __getitem__": (lambda: Loader({1, 2}), "run.steps"),
    "iterable data set": (lambda: Loader(Stream(), shuffle=True), "cannot be shuffled"),
    "has no positions": (lambda: Loader(Stream()), "run.steps, which replays it"),
    "A TensorDataset|a TensorDataset": (lambda: adopt(Loader(torch.ones(3)).dataset), "Wrap it: retorch.Loader"),
    "a Tensor": (lambda: adopt(torch.ones(3)), "Wrap it"),
    "a int": (lambda: adopt(5), "any iterable of batches"),
    "a dict": (lambda: adopt({}), "any iterable of batches"),
    "start=-1": (lambda: adopt(Loader([1])).open(SEED, FIRST, -1), "number 0"),
}


@pytest.mark.parametrize("asked", ERRORS)
def test_what_cannot_work_is_said_with_what_was_asked(asked):
    act, advice = ERRORS[asked]
    with pytest.raises(UsageError, match=asked) as caught:
        act()
    assert caught.match(advice)


class Owning(Recording):
    def __init__(self, rng):
        super().__init__(8)
        self.transform = functools.partial(print, {"noise": [rng]})
        self.itself = self


OUTER = np.random.default_rng(1)


class UsesTheModules(Recording):
    def __getitem__(self, index):
        return OUTER.random()


@pytest.mark.parametrize(
    ("rng", "kind"),
    [
        (np.random.default_rng(1), "NumPy Generator"),
        (np.random.RandomState(1), "NumPy RandomState"),
        (torch.Generator(), "torch.Generator"),
        (random.Random(1), "random.Random"),
    ],
)
def test_a_private_random_object_in_a_data_set_is_named(rng, kind):
    (sentence,) = adopt(DataLoader(Owning(rng), num_workers=2)).advice
    assert sentence.startswith(f"the data set's `transform.args[0]['noise'][0]` is a private {kind}")
    assert "each worker draws from a copy" in sentence
    assert "make it with run.rng() and read with workers=0" in sentence
    assert len(Loader(Owning(rng)).source.advice) == 1


def test_a_random_object_of_the_module_or_a_closure_is_named_too():
    rng = random.Random(1)
    assert "`OUTER`" in adopt(Loader(UsesTheModules(4))).advice[0]
    (sentence,) = adopt(DataLoader(Recording(4), collate_fn=lambda batch: rng.random())).advice
    assert sentence.startswith("the collate function's `rng` is a private random.Random")


def test_a_tracked_object_and_the_global_streams_are_not_named():
    rng = np.random.default_rng(1)
    assert adopt(DataLoader(Owning(rng)), tracked=[rng]).advice == ()
    assert len(adopt(DataLoader(Owning(rng), num_workers=1), tracked=[rng]).advice) == 1
    for shared in (torch.default_generator, random.random, np.random.rand):
        assert adopt(DataLoader(Owning(shared))).advice == ()


def test_the_loader_is_public():
    assert retorch.Loader is Loader
    assert "Augmented of 23" in repr(make())
