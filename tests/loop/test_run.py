"""`Run` round a loop of one's own: position, records, going on in one process."""

from __future__ import annotations

import itertools
import signal

import pytest
import torch
from tests.loop.material import SEED, assert_same_bits, by_hand, descending, linear, mlp, regression, sgd
from torch import nn

import retorch
from retorch.errors import EmptyLoader, RetorchNotice, RunBusy, RunMismatch, UsageError
from retorch.events import (
    CheckpointSaved,
    EpochEnded,
    EpochStarted,
    MetricsLogged,
    RunEnded,
    RunStarted,
    StepEnded,
    ValidationEnded,
    ValidationStarted,
)
from retorch.runs import read_info, read_metrics

DATA = regression()
BATCHES = ["a", "b", "c"]


def walk(run, epochs, loader=BATCHES):
    for _ in run.epochs(epochs):
        yield from run.steps(loader)


# Position.


def test_the_numbers_that_a_loop_reads():
    run = retorch.Run(None, seed=SEED)
    seen = []
    for epoch in run.epochs(2):
        assert run.epoch == epoch
        seen += [(run.step, run.epoch, run.batch, batch) for batch in run.steps(BATCHES)]
        assert run.batch == 3
    assert seen == [(0, 0, 0, "a"), (1, 0, 1, "b"), (2, 0, 2, "c"), (3, 1, 0, "a"), (4, 1, 1, "b"), (5, 1, 2, "c")]
    assert (run.step, run.seed, run.path, run.resumed, run.ended) == (6, SEED, None, False, None)


def test_a_run_has_arrived_when_its_loop_begins():
    run = retorch.Run(None, seed=SEED)
    assert not run.arrived
    next(run.epochs(1))
    assert run.arrived


def test_a_second_walk_over_epochs_counts_on():
    run = retorch.Run(None, seed=SEED)
    assert [*run.epochs(2), *run.epochs(3)] == [0, 1, 2, 3, 4]


def test_lengths_are_those_of_whole_walks():
    run = retorch.Run(None, seed=SEED)
    assert len(run.epochs(5)) == 5
    assert len(run.steps(BATCHES)) == 3
    assert len(run.steps(retorch.Loader(DATA, 8))) == 3
    with (
        pytest.warns(RetorchNotice, match="generator can only be walked from its start"),
        pytest.raises(TypeError, match="does not know how many batches"),
    ):
        len(run.steps(batch for batch in BATCHES))


def test_a_break_leaves_the_epoch_and_a_continue_the_step():
    run = retorch.Run(None, seed=SEED)
    seen = []
    for epoch in run.epochs(3):
        for batch in run.steps(BATCHES):
            if batch == "a":
                continue
            seen.append((epoch, run.step, batch))
            if epoch == 1:
                break
    assert seen == [(0, 1, "b"), (0, 2, "c"), (1, 4, "b"), (2, 6, "b"), (2, 7, "c")]
    assert run.step == 8


def test_two_loaders_in_one_epoch():
    run = retorch.Run(None, seed=SEED)
    seen = [
        (run.step, run.batch, batch)
        for _ in run.epochs(2)
        for loader in (["a", "b"], [1])
        for batch in run.steps(loader)
    ]
    assert seen == [(0, 0, "a"), (1, 1, "b"), (2, 0, 1), (3, 0, "a"), (4, 1, "b"), (5, 0, 1)]


def test_batches_may_be_anything():
    odd = [None, {"words": ["a", "b"], "x": torch.ones(2)}, ["text"], 3, torch.ones(()), (torch.ones(2, 1), None)]
    run = retorch.Run(None, seed=SEED)
    for _ in run.epochs(1):
        got = list(run.steps(odd))
    assert all(mine is theirs for mine, theirs in zip(got, odd, strict=True))


def test_a_loop_without_epochs_goes_on_too(folder):
    with retorch.Run(folder, seed=SEED, checkpoint_steps=1) as run:
        assert list(itertools.islice(run.steps(BATCHES), 2)) == ["a", "b"]
    with retorch.Run(folder, seed=SEED) as run:
        assert list(run.steps(BATCHES)) == ["b", "c"]
        run.finish()
    with retorch.Run(folder, seed=SEED) as run:
        assert list(run.steps(BATCHES)) == []
        run.finish()
        assert run.step == 3


def test_zero_epochs_are_a_finished_run(folder):
    with retorch.Run(folder, seed=SEED) as run:
        assert list(run.epochs(0)) == []
    assert read_info(folder).status == "finished"


# Numbers.


def test_a_loop_under_a_run_gives_the_bits_of_the_loop_alone():
    mine, model = mlp(0.3, norm=True), mlp(0.3, norm=True)
    by_hand(mine, descending(mine, sgd(mine), nn.MSELoss()), DATA, epochs=3)
    descend = descending(model, optimizer := sgd(model), nn.MSELoss())
    run = retorch.Run(None, seed=SEED, model=model, optimizer=optimizer)
    for batch in walk(run, 3, retorch.Loader(DATA, 8, shuffle=True)):
        descend(batch)
    assert_same_bits(mine, model)


def train(folder, *, leave=None, epochs=3, how="break", **settings):
    """Train, and leave at a step as `how` says; return the model and whether it was finished."""
    model = mlp(0.3, norm=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    descend = descending(model, optimizer, nn.MSELoss())
    run = retorch.Run(folder, seed=SEED, model=model, optimizer=optimizer, scheduler=scheduler,
                      **({"checkpoint_steps": 1} | settings))  # fmt: skip
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*DATA), 8, shuffle=True)
    try:
        for _ in run.epochs(epochs):
            for batch in run.steps(loader):
                if run.step == leave:
                    assert how == "break"  # what happens in a loop that fails: it stops here
                    return model
                run.log(loss=descend(batch))
            scheduler.step()
            with run.evaluating():
                run.log(loss=nn.functional.mse_loss(model(DATA[0]), DATA[1]))
    except AssertionError:
        pass
    finally:
        run.close()
    return model


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Return the model and the records of a run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("unbroken") / "run"
    return train(folder), read_metrics(folder)


THE_FIRST_EPOCH_ENDS = pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
"""torch says so where a resume has its first scheduler.step() before it: see the last tests of this file."""


@THE_FIRST_EPOCH_ENDS
@pytest.mark.parametrize(("leave", "how"), [(0, "break"), (3, "raise"), (5, "break"), (8, "raise")])
def test_a_loop_that_was_left_goes_on_to_the_same_bits(folder, unbroken, leave, how):
    train(folder, leave=leave, how=how)
    assert_same_bits(train(folder), unbroken[0])
    assert read_metrics(folder) == unbroken[1]


@THE_FIRST_EPOCH_ENDS
def test_a_loop_that_is_left_again_and_again_comes_to_its_end(folder, unbroken):
    for leave in (2, 3, 7):
        train(folder, leave=leave)
    assert_same_bits(train(folder), unbroken[0])
    assert read_metrics(folder) == unbroken[1]


def test_a_folder_changes_no_bit(unbroken):
    assert_same_bits(train(None), unbroken[0])


def test_a_finished_run_gives_its_final_state_at_once(folder):
    model = train(folder)
    before = read_metrics(folder)
    assert_same_bits(model, train(folder, leave=0))
    assert read_metrics(folder) == before


def test_the_state_is_there_before_the_loop(folder):
    """Code between the run and its loop sees where it goes on, not freshly made weights."""
    train(folder, leave=5)
    model = mlp(0.3, norm=True)
    with retorch.Run(folder, seed=SEED, model=model) as run:
        assert (run.step, run.epoch, run.batch, run.resumed, run.arrived) == (5, 1, 2, True, False)
    assert not torch.equal(model[0].weight, mlp(0.3, norm=True)[0].weight)


def test_a_run_of_more_epochs_goes_on_from_a_finished_one(folder, unbroken):
    train(folder, epochs=2)
    assert_same_bits(train(folder, epochs=3), unbroken[0])
    assert read_metrics(folder) == unbroken[1]


# Records.


def test_values_are_recorded_where_they_were_logged(folder):
    with retorch.Run(folder, seed=SEED) as run:
        for _ in run.epochs(1):
            for number in run.steps([1.0, 2.0]):
                run.log(tensor=torch.tensor(number), number=number)
            with run.evaluating():
                run.log(accuracy=0.5)
            run.log(rate=0.1)
            run.record({"other": 1}, phase="test", step=40)
    rows = [(row.step, row.phase, row.name, row.value) for row in read_metrics(folder)]
    assert rows == [
        (0, "train", "tensor", 1.0),
        (0, "train", "number", 1.0),
        (1, "train", "tensor", 2.0),
        (1, "train", "number", 2.0),
        (2, "validation", "accuracy", 0.5),
        (2, "epoch", "rate", 0.1),
        (40, "test", "other", 1),
    ]


def test_a_tensor_is_copied_when_it_is_logged(folder):
    with retorch.Run(folder, seed=SEED) as run:
        value = torch.ones(())
        for _ in walk(run, 1, [0]):
            run.log(value=value)
            value.add_(1)
    assert [row.value for row in read_metrics(folder)] == [1.0]


@pytest.mark.parametrize(
    ("value", "message"),
    [(torch.ones(2), r"metric 'value' was given a tensor of shape \[2\]"), ("good", "'good'"), (None, "None")],
)
def test_what_is_no_number_is_refused(folder, value, message):
    with retorch.Run(folder, seed=SEED) as run, pytest.raises(UsageError, match=message):
        next(walk(run, 1))
        run.log(value=value)


def test_the_result_is_what_the_loop_put_there(folder):
    with retorch.Run(folder, seed=SEED) as run:
        for _ in walk(run, 2):
            run.result["best"] = 0.5
    info = read_info(folder)
    assert info.status == "finished"
    assert info.result == {"reason": "finished", "steps": 6, "epochs": 2, "best": 0.5}


# Stopping.


def test_stop_ends_the_loop_at_the_next_question(folder):
    with retorch.Run(folder, seed=SEED) as run:
        seen = []
        for batch in walk(run, 5):
            seen.append(batch)
            if run.step == 3:
                run.stop("enough")
        assert seen == [*BATCHES, "a"]
        assert run.ended == "enough"
    assert read_info(folder).result["reason"] == "enough"
    with retorch.Run(folder, seed=SEED) as run:
        assert list(walk(run, 5)) == []
        assert (run.step, run.ended) == (4, "enough")


def test_finish_ends_the_run_wherever_the_loop_stands(folder):
    with retorch.Run(folder, seed=SEED) as run:
        next(walk(run, 5))
        run.finish()
    assert read_info(folder).status == "finished"


def test_signals_are_given_back():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with retorch.Run(None, seed=SEED) as run:
        for _ in walk(run, 1):
            assert signal.getsignal(signal.SIGINT) is not before[0]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    with retorch.Run(None, seed=SEED) as run:
        next(walk(run, 1))
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_handler_of_the_users_own_stays():
    def mine(number, frame):
        pass

    before = signal.signal(signal.SIGTERM, mine)
    try:
        with retorch.Run(None, seed=SEED) as run:
            next(walk(run, 1))
            assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, before)


# Observers.


class Listener(retorch.Observer):
    def __init__(self, kinds):
        self.kinds, self.heard = kinds, []

    def attach(self, hub):
        for kind in self.kinds:
            hub.on(kind, self.note)

    def note(self, event):
        self.heard.append((type(event).__name__, event.state.step))


def test_what_an_observer_hears(folder):
    listener = Listener([RunStarted, EpochStarted, StepEnded, MetricsLogged, ValidationStarted, ValidationEnded, EpochEnded,
                         CheckpointSaved, RunEnded])  # fmt: skip
    with retorch.Run(folder, seed=SEED, observers=[listener], checkpoint_seconds=None) as run:
        for _ in run.epochs(1):
            for _ in run.steps(["a"]):
                run.log(loss=1.0)
            with run.evaluating():
                pass
    assert listener.heard == [
        ("RunStarted", 0), ("CheckpointSaved", 0), ("EpochStarted", 0), ("MetricsLogged", 0), ("StepEnded", 1),
        ("ValidationStarted", 1), ("ValidationEnded", 1), ("EpochEnded", 1), ("CheckpointSaved", 1), ("RunEnded", 1),
    ]  # fmt: skip


def test_a_loop_that_fails_says_so_to_its_observers():
    reasons = []

    class Listening(retorch.Observer):
        def attach(self, hub):
            hub.on(RunEnded, lambda event: reasons.append(event.reason))

    with pytest.raises(ZeroDivisionError), retorch.Run(None, seed=SEED, observers=[Listening()]) as run:
        next(walk(run, 1))
        raise ZeroDivisionError("on purpose")
    assert reasons == ["failed: ZeroDivisionError: on purpose"]


# Parts.


class Counter:
    def __init__(self):
        self.count = 0

    def state_dict(self):
        return {"count": self.count}

    def load_state_dict(self, state_dict):
        self.count = state_dict["count"]


@pytest.mark.parametrize("how", ["given", "tracked"])
def test_any_thing_with_a_state_is_carried(folder, how):
    def count(leave=None):
        counter = Counter()
        parts = {"counter": counter} if how == "given" else {}
        with retorch.Run(folder, seed=SEED, checkpoint_steps=1, **parts) as run:
            if how == "tracked":
                run.track(counter=counter)
            for _ in walk(run, 3):
                if run.step == leave:
                    break
                counter.count += 1
        return counter.count

    count(leave=4)
    assert count() == 9
    assert count() == 9


def test_a_generator_of_the_run_goes_on(folder):
    def draw(leave=None):
        with retorch.Run(folder if leave != "never" else None, seed=SEED, checkpoint_steps=1) as run:
            rng = run.rng()
            drawn = []
            for _ in walk(run, 2):
                if run.step == leave:
                    break
                drawn.append(rng.random())
        return drawn

    first, second, whole = draw(leave=4), draw(), draw("never")
    assert first == whole[:4]
    assert second == whole[4:]


def test_a_part_that_comes_too_late_or_twice():
    run = retorch.Run(None, seed=SEED, model=linear())
    with pytest.raises(UsageError, match="the run carries a part 'model' already; give this one another name"):
        run.track(model=linear())
    run.rng("mine")
    with pytest.raises(UsageError, match="carries a part 'mine' already"):
        run.rng("mine")
    next(run.epochs(1))
    with pytest.raises(UsageError, match="came after the loop had started; track every part before it"):
        run.track(other=linear())


def test_a_part_that_is_forgotten_at_the_resume_is_named(folder):
    with retorch.Run(folder, seed=SEED, counter=Counter(), checkpoint_steps=1) as run:
        next(walk(run, 1))
    with (
        retorch.Run(folder, seed=SEED) as run,
        pytest.raises(RunMismatch, match=r"carries 'counter', and this script gave the run no part of that name"),
    ):
        next(walk(run, 1))


# Mistakes.


def test_two_runs_in_one_folder(folder):
    with (
        retorch.Run(folder, seed=SEED),
        pytest.raises(RunBusy, match=r"is already open in this process, since .*; close that run first"),
    ):
        retorch.Run(folder, seed=SEED)
    retorch.Run(folder, seed=SEED).close()


def test_another_seed_is_another_run(folder):
    retorch.Run(folder, seed=SEED).close()
    with pytest.raises(
        RunMismatch, match="seed: 7 in the folder, 8 now\nContinue it with its own settings, or give anot"
    ):
        retorch.Run(folder, seed=8)


@pytest.mark.parametrize("loader", [[], (), retorch.Loader(torch.ones(0, 1))])
def test_an_empty_loader(loader):
    run = retorch.Run(None, seed=SEED)
    with pytest.raises(EmptyLoader, match="the loader gave no batch"):
        list(walk(run, 1, loader))


def test_walks_are_not_zipped():
    run = retorch.Run(None, seed=SEED)
    next(run.epochs(1))
    with pytest.raises(UsageError, match=r"Walk loaders one after the other, not zipped or nested; to use two at once"):
        list(zip(run.steps([1, 2]), run.steps([3, 4]), strict=True))


def test_another_loader_within_an_epoch_is_named(folder):
    def go(samples, leave=None):
        with retorch.Run(folder, seed=SEED, checkpoint_steps=1) as run:
            for _ in walk(run, 2, retorch.Loader(torch.ones(samples), 2)):
                if run.step == leave:
                    return

    go(10, leave=2)
    with pytest.raises(RunMismatch, match=r"of another loader:\n  samples: 10 at the checkpoint, 12 now"):
        go(12)


def test_a_script_that_has_changed_is_told_so(folder):
    with retorch.Run(folder, seed=SEED, checkpoint_steps=1) as run:
        for _ in walk(run, 3):
            if run.step == 4:
                break
    with retorch.Run(folder, seed=SEED) as run, pytest.raises(RunMismatch, match="The script has changed since"):
        for _ in run.epochs(3):
            pass


def test_fewer_epochs_than_are_done_are_noticed(folder):
    with retorch.Run(folder, seed=SEED) as run:
        list(walk(run, 3))
    run = retorch.Run(folder, seed=SEED)
    assert list(walk(run, 1)) == []
    with pytest.warns(RetorchNotice, match="stands at epoch 4, after step 9, and the loop ended before it came there"):
        run.close()


def test_closing_twice_is_closing_once(folder):
    run = retorch.Run(folder, seed=SEED)
    run.close()
    run.close()
    retorch.Run(folder, seed=SEED).close()


def test_what_is_no_number_is_refused_without_a_folder_too():
    run = retorch.Run(None, seed=SEED)
    next(walk(run, 1))
    with pytest.raises(UsageError):
        run.log(value="good")


def test_a_resume_at_the_end_of_the_first_epoch_is_silent(folder, unbroken):
    train(folder, leave=3)
    assert_same_bits(train(folder), unbroken[0])


def test_a_run_that_was_finished_in_the_body_is_finished_when_it_is_started_again(folder):
    for _ in range(2):
        with retorch.Run(folder, seed=SEED) as run:
            for _ in walk(run, 5):
                run.finish()
                break


def test_a_notice_that_is_an_error_leaves_the_folder_free(folder):
    with retorch.Run(folder, seed=SEED) as run:
        list(walk(run, 3))
    run = retorch.Run(folder, seed=SEED)
    list(walk(run, 1))
    with pytest.raises(RetorchNotice):
        run.close()
    retorch.Run(folder, seed=SEED).close()
