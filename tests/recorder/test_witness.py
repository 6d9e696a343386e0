"""What a run writes down of each step, in a Trainer, a Run and a foreign loop."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import retorch
from retorch.errors import RunMismatch, UsageError
from retorch.events import Observer, StateRecorded, StepRecorded
from retorch.fingerprints import fingerprint, fingerprint_batch
from retorch.runs import read_entries, read_info, read_record_facts, read_sample_ids, read_states

LEVELS = ("off", "light", "full")


def data():
    generator = torch.Generator().manual_seed(1)
    return torch.rand(50, 8, generator=generator), torch.randint(0, 3, (50,), generator=generator)


def parts():
    retorch.seed_everything(7)
    model = nn.Sequential(nn.Linear(8, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(), nn.Linear(6, 3))
    return model, torch.optim.AdamW(model.parameters())


def train(path, *, step_too=True, accumulate=1, **options):
    model, optimizer = parts()
    trainer = retorch.Trainer(
        model, optimizer, loss=nn.CrossEntropyLoss(), seed=7, threads=1, device="cpu", accumulate=accumulate
    )
    trainer.fit(data(), data(), epochs=2, batch_size=10, run=path, quiet=True, record_every=4, **options)
    return model


def bits(model):
    return b"".join(tensor.numpy().tobytes() for tensor in model.state_dict().values())


def stages(path, step):
    return [state.stage for state in read_states(path) if state.step == step]


def test_recording_changes_no_bit(tmp_path):
    assert len({bits(train(tmp_path / level, record=level)) for level in LEVELS}) == 1


def test_each_step_has_its_batch_its_samples_its_key_and_its_loss(tmp_path):
    train(tmp_path)
    facts, entries = read_record_facts(tmp_path), read_entries(tmp_path)
    assert (facts.level, facts.every, facts.steps, facts.algorithm) == ("light", 4, 10, "xxh3-64/1")
    assert entries.column("place").tolist() == [(epoch << 32) + batch for epoch in (0, 1) for batch in range(5)]
    for column in ("batch", "samples", "key", "loss", "values"):
        assert len(set(entries.column(column).tolist()) - {0}) == 10
    inputs, targets = data()
    for step in range(10):
        ids = torch.tensor(read_sample_ids(tmp_path, step))
        assert entries.column("batch")[step] == fingerprint_batch([inputs[ids], targets[ids]])
    assert sorted(sum((read_sample_ids(tmp_path, step) for step in range(5)), ())) == list(range(50))


def test_workers_tell_the_same_samples(tmp_path):
    train(tmp_path / "here")
    train(tmp_path / "workers", workers=2)
    assert np.array_equal(read_entries(tmp_path / "here").words, read_entries(tmp_path / "workers").words)
    assert read_sample_ids(tmp_path / "here", 3) == read_sample_ids(tmp_path / "workers", 3)


def test_a_window_of_micro_batches_is_one_entry(tmp_path):
    train(tmp_path, accumulate=2)
    entries = read_entries(tmp_path)
    assert len(entries.words) == 6
    assert len(read_sample_ids(tmp_path, 0)) == 20


def test_states_are_taken_at_the_start_every_so_many_steps_and_at_the_end(tmp_path):
    model = train(tmp_path)
    states = {(state.step, state.stage): state for state in read_states(tmp_path)}
    assert stages(tmp_path, 0) == ["start"]
    assert stages(tmp_path, 4) == stages(tmp_path, 8) == ["step"]
    last = states[10, "checkpoint"].by_name()
    for name, tensor in model.state_dict().items():
        assert last[f"model.{name}"] == fingerprint(tensor)
    assert "optimizer.0.weight.exp_avg" in last
    assert "optimizer" in last


def test_a_validation_leaves_the_weights_as_they_were(tmp_path):
    train(tmp_path)
    states = {(state.step, state.stage): state for state in read_states(tmp_path)}
    for step in (5, 10):
        before, after = states[step, "validation starts"], states[step, "validation ends"]
        assert before.by_name() == after.by_name()


def test_full_adds_activations_gradients_and_parameters_in_their_order(tmp_path):
    train(tmp_path, record="full")
    assert stages(tmp_path, 2) == ["forward", "backward", "optimizer"]
    states = {(state.step, state.stage): state for state in read_states(tmp_path)}
    assert states[2, "forward"].names == ("model.0", "model.1", "model.2", "model.3", "model.4", "model")
    assert states[2, "backward"].names[:2] == ("model.0.weight", "model.0.bias")
    assert states[3, "optimizer"].by_name()["model.4.bias"] == states[4, "step"].by_name()["model.4.bias"]


def test_every_micro_batch_has_its_activations(tmp_path):
    train(tmp_path, record="full", accumulate=2)
    assert stages(tmp_path, 0) == ["start", "forward", "forward", "backward", "optimizer"]


def test_a_run_without_a_record_has_none(tmp_path):
    train(tmp_path, record="off")
    assert read_record_facts(tmp_path).level == "off"
    assert len(read_entries(tmp_path).words) == 0
    assert list(read_states(tmp_path)) == []


@pytest.mark.parametrize("options", [{"record": "loud"}, {"record_every": 0}, {"record_every": True}])
def test_a_level_or_distance_that_is_none_is_refused_before_anything_is_written(tmp_path, options):
    with pytest.raises(UsageError, match="was asked"):
        retorch.Run(tmp_path / "run", seed=1, **options)
    assert not (tmp_path / "run").exists()


def hand_written(path, *, steps=12, **options):
    model, optimizer = parts()
    torch.manual_seed(3)
    inputs, targets = data()
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(inputs, targets), batch_size=10, shuffle=True)
    with retorch.recording(path, model, optimizer, record_every=5, **options) as run:
        while run.step < steps:
            model.train()
            for batch, labels in loader:
                optimizer.zero_grad()
                nn.functional.cross_entropy(model(batch), labels).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                for batch, _ in loader:
                    model(batch)
    return model


def test_recording_a_foreign_loop_changes_no_bit_and_leaves_torch_as_it_was(tmp_path):
    backward, hooks = torch.autograd.backward, len(parts()[0]._forward_hooks)
    models = [hand_written(tmp_path / level, record=level) for level in LEVELS]
    assert len({bits(model) for model in models}) == 1
    assert torch.autograd.backward is backward
    assert all(len(module._forward_hooks) == hooks for model in models for module in model.modules())


def test_a_foreign_loop_is_recorded_step_by_step(tmp_path):
    hand_written(tmp_path / "run", record="full")
    entries = read_entries(tmp_path / "run")
    assert len(entries.words) == 15
    for column in ("batch", "key", "loss"):
        assert len(set(entries.column(column).tolist()) - {0}) == 15
    assert read_info(tmp_path / "run").status == "finished"
    assert stages(tmp_path / "run", 15)[-3:] == ["validation starts", "validation ends", "step"] or stages(
        tmp_path / "run", 15
    ) == ["step", "validation starts", "validation ends"]
    assert stages(tmp_path / "run", 1) == ["forward", "backward", "optimizer"]


def test_two_equal_loops_have_equal_records(tmp_path):
    for name in "ab":
        hand_written(tmp_path / name)
    assert np.array_equal(read_entries(tmp_path / "a").words, read_entries(tmp_path / "b").words)


def test_a_recorded_folder_is_not_recorded_over(tmp_path):
    hand_written(tmp_path / "run")
    before = read_entries(tmp_path / "run").words
    with pytest.raises(RunMismatch, match="Give it another folder"):
        hand_written(tmp_path / "run")
    assert np.array_equal(read_entries(tmp_path / "run").words, before)


def test_recording_something_else_than_a_model_says_what_it_takes(tmp_path):
    model, optimizer = parts()
    with pytest.raises(UsageError, match="give the module"), retorch.recording(tmp_path, optimizer, model):
        pass


def test_an_error_in_the_loop_leaves_the_steps_that_were_done(tmp_path):
    model, optimizer = parts()
    with pytest.raises(ZeroDivisionError), retorch.recording(tmp_path / "run", model, optimizer):
        model(torch.ones(4, 8)).sum().backward()
        optimizer.step()
        _ = 1 / 0
    assert len(read_entries(tmp_path / "run").words) == 1
    assert read_info(tmp_path / "run").status == "stopped"


class Listener(Observer):
    def attach(self, hub):
        self.entries, self.states = [], []
        hub.on(StepRecorded, lambda event: self.entries.append((event.step, event.entry)))
        hub.on(StateRecorded, lambda event: self.states.append((event.step, event.stage, event.names, event.words)))


def test_observers_hear_of_all_that_is_recorded(tmp_path):
    model, optimizer = parts()
    listener = Listener()
    trainer = retorch.Trainer(
        model, optimizer, loss=nn.CrossEntropyLoss(), seed=7, threads=1, device="cpu", observers=[listener]
    )
    trainer.fit(data(), data(), epochs=2, batch_size=10, run=tmp_path, quiet=True, record="full", record_every=4)
    words = read_entries(tmp_path).words
    assert listener.entries == [(step, tuple(row)) for step, row in enumerate(words.tolist())]
    found = [(state.step, state.stage, state.names, state.fingerprints.tobytes()) for state in read_states(tmp_path)]
    assert listener.states == found


def test_a_loss_that_is_no_number_is_recorded_too(tmp_path):
    model = nn.Linear(8, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with retorch.recording(tmp_path / "run", model, optimizer):
        model(torch.ones(4, 8)).backward(torch.ones(4, 3))
        optimizer.step()
    assert read_entries(tmp_path / "run").column("loss")[0] != 0


def test_a_compiled_model_keeps_its_bits_at_every_level(tmp_path):
    def loop(path, level):
        model, optimizer = parts()
        compiled = torch.compile(model, backend="aot_eager")
        with retorch.recording(path, model, optimizer, record=level):
            for _ in range(3):
                optimizer.zero_grad()
                compiled(data()[0]).sum().backward()
                optimizer.step()
        torch._dynamo.reset()
        return bits(model)

    assert len({loop(tmp_path / level, level) for level in LEVELS}) == 1
