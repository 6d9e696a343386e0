"""What has no positions is walked again, and resumes exactly all the same."""

import pytest
import torch
from sample_sets import (
    FIRST,
    SEED,
    Augmented,
    Iterated,
    Recording,
    Stream,
    Subclassed,
    Wandering,
    flat,
    some,
)
from torch.utils.data import BatchSampler, DataLoader

from retorch.data import Pass, PastPass, adopt
from retorch.errors import RetorchNotice, UsageError


class OwnBatches(BatchSampler):
    pass


def by_sampler(workers=0, **options):
    return DataLoader(Augmented(21), batch_size=4, sampler=Wandering(21), num_workers=workers, **options)


def by_batch_sampler(workers=0):
    batches = OwnBatches(Wandering(21), 4, drop_last=True)
    return DataLoader(Augmented(21), batch_sampler=batches, num_workers=workers)


def by_unsized_sampler(workers=0):
    batches = OwnBatches(Wandering(21, sized=False), 4, drop_last=False)
    return DataLoader(Augmented(21), batch_sampler=batches, num_workers=workers)


def single_samples(workers=0):
    return DataLoader(Augmented(9), batch_size=None, sampler=Wandering(9), num_workers=workers)


def stream(workers=0, **options):
    return DataLoader(Stream(), batch_size=3, num_workers=workers, **options)


KINDS = {
    "sampler": by_sampler,
    "sampler, 2 workers": lambda: by_sampler(2),
    "sampler, 2 kept workers": lambda: by_sampler(2, persistent_workers=True),
    "batch sampler": by_batch_sampler,
    "unsized sampler": by_unsized_sampler,
    "unsized sampler, 2 workers": lambda: by_unsized_sampler(2),
    "single samples": single_samples,
    "iterable data set": stream,
    "iterable data set, 2 workers": lambda: stream(2),
    "iterable data set, 2 kept workers": lambda: stream(2, persistent_workers=True),
    "subclass": lambda: Subclassed(Augmented(21), batch_size=4, shuffle=True),
    "subclass, 2 workers": lambda: Subclassed(Augmented(21), batch_size=4, shuffle=True, num_workers=2),
    "iterable": Iterated,
    "list": lambda: [torch.arange(3) + number for number in range(8)],
    "generator": lambda: (torch.rand(2) + number for number in range(30)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_replayed_kind_resumes_exactly_after_earlier_passes(kind):
    make = KINDS[kind]
    first, second, third = Pass(0), Pass(0, 1), Pass(1)
    unbroken = adopt(make())
    assert unbroken.replays
    # A whole pass (for a generator: what it is asked for), then one that is left early, then the one to resume.
    if kind == "generator":
        past = [PastPass(first, len(some(unbroken, 6, first)), finished=False)]
    else:
        past = [PastPass(first, sum(1 for _ in unbroken.open(SEED, first)))]
    some(unbroken, 2, second, past=past)
    past.append(PastPass(second, 2, finished=False))
    expected = [flat(batch) for batch in unbroken.open(SEED, third, 0, past)]
    assert len(expected) >= 5
    for start in (0, 1, 4):
        resumed = adopt(make()).open(SEED, third, start, past)
        assert [flat(batch) for batch in resumed] == expected[start:]


@pytest.mark.parametrize("make", [by_sampler, by_batch_sampler])
def test_under_a_sized_sampler_another_number_of_workers_changes_nothing(make):
    def three_passes(workers):
        source = adopt(make(workers))
        past = [PastPass(Pass(0), 2, finished=False)]
        return some(source, 2, Pass(0)), [flat(batch) for batch in source.open(SEED, Pass(1), 0, past)]

    assert three_passes(0) == three_passes(1) == three_passes(2)


def test_a_sampler_is_walked_again_without_reading_samples():
    dataset = Recording(21)
    loader = DataLoader(dataset, batch_size=4, sampler=Wandering(21))
    past = [PastPass(Pass(epoch), 6) for epoch in range(3)]
    batch = next(adopt(loader).open(SEED, Pass(3), 4, past))
    assert dataset.read == batch.tolist()
    assert loader.sampler.passes == 3


class Endless(Wandering):
    def __iter__(self):
        while True:
            yield from super().__iter__()


@pytest.mark.parametrize("workers", [0, 1])
def test_an_endless_sampler_is_never_walked_to_an_end(workers):
    def make():
        return DataLoader(Augmented(21), batch_size=4, sampler=Endless(21, sized=False), num_workers=workers)

    unbroken = adopt(make())
    some(unbroken, 9, Pass(0))
    past = [PastPass(Pass(0), 9, finished=False)]
    expected = some(unbroken, 12, Pass(1), past=past)
    assert some(adopt(make()), 5, Pass(1), start=7, past=past) == expected[7:]


class ToldTheEpoch(Wandering):
    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        return iter([self.epoch] * 4)


def test_a_sampler_that_wants_the_epoch_is_told():
    loader = DataLoader(Recording(20), batch_size=4, sampler=ToldTheEpoch(20))
    (batch,) = adopt(loader).open(SEED, Pass(3), 0, ())
    assert batch.tolist() == [3, 3, 3, 3]


def test_two_open_walks_over_one_sampler_are_an_error_not_a_silent_end():
    source = adopt(by_sampler())
    first = source.open(SEED, Pass(0))
    next(first)
    next(source.open(SEED, Pass(1), 0, [PastPass(Pass(0), 1, finished=False)]))
    with pytest.raises(UsageError, match="another pass over this loader was opened"):
        next(first)


def test_going_back_over_what_remembers_is_noticed():
    source = adopt(by_sampler())
    some(source, 1, Pass(0))
    with pytest.warns(RetorchNotice, match="Make a new loader"):
        some(source, 1, Pass(0))


def test_workers_without_memory_and_lists_may_be_walked_in_any_order():
    for loader in (stream(1), [1, 2, 3]):
        source = adopt(loader)
        first = some(source, 2, Pass(0))
        some(source, 1, Pass(5))
        assert some(source, 2, Pass(0)) == first


def test_advice_says_what_a_replay_costs():
    (sampler,) = [line for line in adopt(by_sampler()).advice if "Wandering" in line]
    assert "no skipped sample of Augmented is read" in sampler
    (iterable,) = adopt(stream(2)).advice
    assert "reads the pass again" in iterable
    assert "Resume with 2 workers too" in iterable
    (kept,) = adopt(stream()).advice
    assert "all earlier passes included" in kept
    assert adopt([torch.zeros(1)]).advice == ()
    assert "generator" in adopt(number for number in range(3)).advice[0]


def test_signatures_hold_the_number_of_workers_only_where_it_matters():
    assert adopt(by_sampler(1)).signature() == adopt(by_sampler(2)).signature()
    assert adopt(by_unsized_sampler(1)).signature() != adopt(by_unsized_sampler(2)).signature()
    assert adopt(stream(1)).signature() != adopt(stream(2)).signature()


def test_lengths_are_what_the_loader_claims():
    assert adopt(by_sampler()).batches() == 6
    assert adopt(by_unsized_sampler()).batches() is None
    assert adopt(stream()).batches() is None
    assert adopt([1, 2]).batches() == 2


def test_an_iterable_data_set_in_its_own_workers_draws_nothing_here():
    state = torch.get_rng_state()
    source = adopt(stream(1))
    list(source.open(SEED, FIRST))
    assert torch.get_rng_state().shape == state.shape
