"""A run that is compared with a recorded one while it goes on."""

import pytest
import torch

import retorch
from retorch.comparison._follower import Follower
from retorch.recorder import DirectionDone
from retorch.runs import read_record_facts


def loop(folder, *, steps=12, observers=(), bend=None, record="light", every=4, first=None):
    """Train a small model; `bend` may change something before a step. Return how many steps were done."""
    torch.manual_seed(5)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(0.3), torch.nn.Linear(8, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    generator = torch.Generator().manual_seed(1)
    batches = [torch.randn(8, 4, generator=generator) for _ in range(steps)]
    if first is not None:
        first(model)
    with retorch.recording(folder, model, optimizer, record=record, record_every=every, observers=observers) as run:
        try:
            for step, batch in enumerate(batches):
                if bend is not None:
                    batch = bend(step, model, optimizer, batch)
                optimizer.zero_grad()
                model(batch).square().mean().backward()
                optimizer.step()
        except DirectionDone:
            return step
    return run.step


@pytest.fixture
def recorded(tmp_path):
    loop(tmp_path / "recorded")
    return tmp_path / "recorded"


def nudge(tensor):
    with torch.no_grad():
        tensor.view(-1)[0] += 2**-10


def bent(what, at=6):
    def bend(step, model, optimizer, batch):
        if step == at:
            match what:
                case "batch":
                    return batch.flip(0)
                case "weight":
                    nudge(model[0].weight)
                case "draw":
                    torch.rand(1)
                case "lr":
                    optimizer.param_groups[0]["lr"] = 0.02
        return batch

    return bend


def test_the_same_run_goes_to_its_end(recorded, tmp_path):
    assert loop(tmp_path / "again", observers=[Follower(str(recorded))]) == 12


@pytest.mark.parametrize(("what", "ends_in"), [("batch", 6), ("weight", 6), ("draw", 6), ("lr", 7)])
def test_it_ends_at_the_first_step_that_differs(recorded, tmp_path, what, ends_in):
    """Another learning rate shows in the loss of the step behind it, and in the state taken there."""
    assert loop(tmp_path / "again", observers=[Follower(str(recorded))], bend=bent(what)) == ends_in


def test_a_difference_before_the_first_step_ends_it_there(recorded, tmp_path):
    with pytest.raises(DirectionDone):
        loop(tmp_path / "again", observers=[Follower(str(recorded))], first=lambda model: nudge(model[0].weight))
    assert read_record_facts(tmp_path / "again").steps == 0


def test_a_full_record_ends_it_within_the_step(tmp_path):
    loop(tmp_path / "recorded", record="full")
    again = tmp_path / "again"
    assert loop(again, record="full", observers=[Follower(str(tmp_path / "recorded"))], bend=bent("lr", at=9)) == 9
    assert read_record_facts(again).steps == 9


def test_what_only_one_recorded_is_no_difference(recorded, tmp_path):
    follower = Follower(str(recorded))
    assert loop(tmp_path / "again", record="full", every=3, observers=[follower]) == 12


def test_beyond_the_last_step_of_a_finished_run_it_ends(recorded, tmp_path):
    assert loop(tmp_path / "again", steps=20, observers=[Follower(str(recorded))]) == 12


def test_a_reference_that_is_behind_is_waited_for_no_longer_than_it_lasts(tmp_path):
    """A run that was killed has fewer steps, and what comes after them cannot be compared."""
    with pytest.raises(KeyboardInterrupt):
        loop(tmp_path / "killed", steps=12, bend=stop_at(5))
    assert loop(tmp_path / "again", observers=[Follower(str(tmp_path / "killed"))]) == 12


def stop_at(at):
    def bend(step, model, optimizer, batch):
        if step == at:
            raise KeyboardInterrupt
        return batch

    return bend


def test_fingerprints_of_another_kind_are_not_compared(recorded, tmp_path, monkeypatch):
    facts = read_record_facts(recorded)
    other = type(facts)(facts.level, "another kind", facts.every, facts.steps)
    follower = Follower(str(recorded))
    monkeypatch.setattr(
        "retorch.comparison._follower.read_record_facts", lambda path: other if path == recorded else facts
    )
    assert loop(tmp_path / "again", observers=[follower], bend=bent("lr")) == 12
    assert loop(tmp_path / "drawn", observers=[Follower(str(recorded))], bend=bent("draw")) == 6
