"""A batch is a function of (seed, epoch, section, number): nothing else."""

import gc
import os
import random
import signal

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_sets import FIRST, SEED, Augmented, Recording, flat, some, walked
from torch.utils.data import DataLoader, Dataset, TensorDataset

from retorch import Loader
from retorch.data import Pass, adopt


def make(workers=0, *, plain=False, **options):
    if plain:
        return DataLoader(Augmented(), batch_size=4, shuffle=True, num_workers=workers, **options)
    return Loader(Augmented(), batch_size=4, shuffle=True, workers=workers, **options)


@pytest.mark.parametrize("plain", [False, True])
def test_batches_are_the_same_for_any_number_of_workers(plain):
    expected = walked(make(plain=plain), Pass(2, 1))
    for workers in (1, 2, 3):
        assert walked(make(workers, plain=plain), Pass(2, 1)) == expected


def test_a_loader_and_the_plain_dataloader_with_its_settings_agree():
    assert walked(make()) == walked(make(plain=True))


@pytest.mark.parametrize("workers", [0, 2])
def test_an_augmented_pass_resumes_at_any_batch(workers):
    unbroken = walked(make())
    for start in (0, 1, 3, 5, 6):
        assert walked(make(workers), start=start) == unbroken[start:]


@settings(deadline=None, max_examples=60)
@given(
    samples=st.integers(0, 40),
    batch_size=st.integers(1, 12),
    drop_last=st.booleans(),
    shuffle=st.booleans(),
    by_length=st.booleans(),
    epoch=st.integers(0, 3),
    start=st.integers(0, 45),
)
def test_any_rest_of_a_pass_is_the_tail_of_the_unbroken_one(
    samples, batch_size, drop_last, shuffle, by_length, epoch, start
):
    lengths = [index * 7 % 5 for index in range(samples)] if by_length else None
    loader = Loader(torch.arange(samples), batch_size, shuffle, drop_last=drop_last, lengths=lengths)
    unbroken = walked(loader, Pass(epoch))
    assert len(unbroken) == len(loader)
    assert walked(loader, Pass(epoch), start) == unbroken[start:]


@settings(deadline=None, max_examples=40)
@given(samples=st.integers(1, 60), batch_size=st.integers(1, 12), by_length=st.booleans())
def test_a_shuffled_pass_takes_each_sample_once(samples, batch_size, by_length):
    lengths = [index * 7 % 5 for index in range(samples)] if by_length else None
    loader = Loader(torch.arange(samples), batch_size, shuffle=True, lengths=lengths)
    taken = torch.cat([batch for (batch,) in adopt(loader).open(SEED, FIRST)])
    assert sorted(taken.tolist()) == list(range(samples))


def test_epoch_section_and_seed_each_change_the_order_and_the_augmentation():
    variants = [walked(make(), at, seed=seed) for at in (Pass(0), Pass(1), Pass(0, 1)) for seed in (7, 8)]
    assert len({str(variant) for variant in variants}) == 6


def test_seeking_reads_no_skipped_sample():
    dataset = Recording(10_000)
    walk = adopt(Loader(dataset, batch_size=10, shuffle=True)).open(SEED, FIRST, start=990)
    batch = next(walk)
    assert dataset.read == batch.tolist()


class Endless(Dataset):
    """Ten million samples that nobody holds."""

    def __init__(self):
        self.read = 0

    def __len__(self):
        return 10_000_000

    def __getitem__(self, index):
        self.read += 1
        return index


def test_the_last_batch_of_ten_million_samples_is_reached_without_reading_the_others():
    dataset = Endless()
    source = adopt(DataLoader(dataset, batch_size=100, shuffle=True))
    assert len(next(source.open(SEED, FIRST, start=99_999))) == 100
    assert dataset.read == 100


def test_a_pass_left_in_the_middle_can_be_opened_again():
    for loader in (make(), make(2), make(2, keep_workers=False), make(2, plain=True, persistent_workers=True)):
        source = adopt(loader)
        unbroken = walked(make())
        assert some(source, 2, FIRST) == unbroken[:2]
        assert [flat(batch) for batch in source.open(SEED, FIRST, 2)] == unbroken[2:]


def test_kept_workers_stay_alive_across_passes_and_others_end_with_theirs():
    class Process(Dataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return os.getpid()

    def processes(**options):
        source = adopt(DataLoader(Process(), num_workers=2, **options))
        return [{int(pid) for pid in source.open(SEED, Pass(epoch))} for epoch in range(2)]

    first, second = processes(persistent_workers=True)
    assert first == second
    first, second = processes()
    assert not first & second


def test_two_passes_that_are_open_at_once_do_not_disturb_each_other():
    source = adopt(make(1))
    expected = walked(make())
    both = list(zip(source.open(SEED, FIRST), source.open(SEED, FIRST), strict=True))
    assert [flat(left) for left, _ in both] == expected
    assert [flat(right) for _, right in both] == expected


def test_a_dropped_iterator_releases_its_workers():
    from torch.utils.data.dataloader import _MultiProcessingDataLoaderIter

    source = adopt(make(1, keep_workers=False))
    walk = source.open(SEED, FIRST)
    next(walk)
    del walk
    assert not [one for one in gc.get_objects() if type(one) is _MultiProcessingDataLoaderIter and not one._shutdown]


class ThreadsSeen(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return torch.get_num_threads()


def test_samples_are_read_at_one_thread_here_as_in_workers():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert next(adopt(Loader(ThreadsSeen(), 4)).open(SEED, FIRST)).tolist() == [1, 1, 1, 1]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def streams():
    return flat([torch.get_rng_state(), np.random.get_state(), random.getstate()])


@pytest.mark.parametrize("workers", [0, 1])
def test_walking_a_loader_leaves_the_global_streams_alone(workers):
    before = streams()
    for _ in make(workers):
        torch.equal(torch.zeros(1), torch.zeros(1))
    for _ in Loader(torch.arange(5), 2, shuffle=True, workers=workers):
        pass
    assert streams() == before


def test_what_the_loop_draws_itself_goes_on_between_batches():
    torch.manual_seed(1)
    expected = torch.rand(6)
    torch.manual_seed(1)
    drawn = [torch.rand(()) for _ in make()]
    assert torch.equal(torch.stack(drawn), expected)


def test_opening_a_pass_in_workers_draws_nothing_here():
    before = streams()
    list(adopt(make(1, plain=True)).open(SEED, FIRST))
    assert streams() == before


class Shy(Dataset):
    def __init__(self):
        self.tag = "fresh"

    def __len__(self):
        return 4

    def __getitem__(self, index):
        seen = torch.utils.data.get_worker_info().dataset
        assert seen is self
        return self.tag


def mark_the_data_set(worker):
    torch.utils.data.get_worker_info().dataset.tag = f"marked by {worker}"


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_worker_init_and_data_set_see_the_users_data_set_in_the_worker(context):
    plain = DataLoader(Shy(), 2, num_workers=1, worker_init_fn=mark_the_data_set, multiprocessing_context=context)
    assert list(adopt(plain).open(SEED, FIRST)) == [["marked by 0"] * 2] * 2
    if context == "fork":
        own = Loader(Shy(), 2, workers=1, worker_init=mark_the_data_set)
        assert list(own) == [["marked by 0"] * 2] * 2


def test_a_worker_init_that_seeds_changes_nothing():
    seeded = make(2, plain=True, worker_init_fn=torch.manual_seed)
    assert walked(seeded) == walked(make())


class Failing(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        if index == 5:
            raise KeyError("sample five is broken")
        return index


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_in_the_data_set_surfaces_as_it_is_and_the_loader_can_be_opened_again(workers):
    source = adopt(Loader(Failing(), 2, workers=workers))
    for _ in range(2):
        with pytest.raises(KeyError, match="sample five is broken"):
            list(source.open(SEED, FIRST))
    assert next(source.open(SEED, FIRST)).tolist() == [0, 1]


class Deadly(Dataset):
    """Kills the worker that reads sample 5, once."""

    def __init__(self, mark):
        self.mark = mark

    def __len__(self):
        return 8

    def __getitem__(self, index):
        if index == 5 and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return index


# Python leaves the socket open when torch's handler interrupts it on the way to a batch.
@pytest.mark.filterwarnings("ignore:.*unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_worker_that_dies_is_an_error_and_the_loader_can_be_opened_again(tmp_path):
    source = adopt(Loader(Deadly(tmp_path / "died"), 2, workers=1))
    with pytest.raises(RuntimeError, match=r"DataLoader worker .* (is killed by signal|exited unexpectedly|died)"):
        list(source.open(SEED, FIRST))
    assert [batch.tolist() for batch in source.open(SEED, FIRST)] == [[0, 1], [2, 3], [4, 5], [6, 7]]


def test_a_batch_lost_with_its_worker_is_said_to_be_so(monkeypatch):
    from torch.utils.data.dataloader import _MultiProcessingDataLoaderIter

    handlers = []

    def lose_the_worker(iterator, timeout=None):
        # Otherwise torch's own handler, which it has set by now, may see the death first.
        handlers.append(signal.signal(signal.SIGCHLD, signal.SIG_DFL))
        iterator._workers[0].kill()
        raise ConnectionResetError

    monkeypatch.setattr(_MultiProcessingDataLoaderIter, "_try_get_data", lose_the_worker)
    try:
        with pytest.raises(RuntimeError, match=r"exit code -9\) died.*fewer workers") as caught:
            list(adopt(make(1)).open(SEED, FIRST))
    finally:
        signal.signal(signal.SIGCHLD, handlers[0])
    assert isinstance(caught.value.__cause__, ConnectionResetError)


class Missing(Dataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        raise FileNotFoundError("image 17.png is not there")


def test_a_file_that_the_data_set_does_not_find_is_no_dead_worker():
    with pytest.raises(FileNotFoundError, match=r"image 17\.png"):
        list(adopt(Loader(Missing(), workers=1)).open(SEED, FIRST))


def test_a_batch_never_shares_memory_with_the_data_set():
    data = torch.arange(12.0).view(6, 2)
    array = np.arange(12.0).reshape(6, 2)
    for loader in (
        Loader(data, 6),
        Loader(data, 6, shuffle=True),
        Loader(array, 1),
        DataLoader(TensorDataset(data), 6),
        DataLoader(TensorDataset(data), 1),
    ):
        for (batch,) in adopt(loader).open(SEED, FIRST):
            batch.zero_()
    assert data.sum() == array.sum() == 66
