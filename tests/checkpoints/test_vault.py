"""A run's checkpoints: what is captured, when it is written, what is kept."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading

import pytest
import torch
from torch import nn
from trained import Training, entries, same

from retorch.checkpoints import Vault, open_checkpoint, verify
from retorch.errors import CheckpointError, CheckpointUnsupported, UsageError


@pytest.fixture
def vault(tmp_path):
    vault = Vault(tmp_path / "checkpoints")
    yield vault
    vault.close()


def test_what_is_saved_is_the_state_at_the_call(vault, training, monkeypatch):
    expected = raw_state(training)
    gate = threading.Event()
    hold_writing(monkeypatch, gate)
    vault.save("1", training.parts(), position={"step": 3})
    training.advance(3)
    training.optimizer.param_groups[0]["lr"] = 99.0
    assert vault.busy
    gate.set()
    vault.wait()
    assert not vault.busy
    assert vault.last_write_seconds > 0
    other = Training()
    vault.newest().restore(other.parts())
    assert raw_state(other) == expected


def test_the_next_save_waits_for_the_one_before(vault, monkeypatch):
    gate = threading.Event()
    hold_writing(monkeypatch, gate)
    weight = torch.zeros(1000)
    vault.save("1", {"weight": weight}, position={})
    threading.Timer(0.05, gate.set).start()
    weight += 1
    vault.save("2", {"weight": weight}, position={})
    vault.wait()
    assert [open_checkpoint(vault.path / name).state("weight")[0].item() for name in ("1", "2")] == [0, 1]


def test_buffers_are_kept_between_saves_and_freed_by_close(vault, training):
    vault.save("1", training.parts(), position={})
    buffers = {name: arena._buffer.data_ptr() for name, arena in vault._arenas._arenas.items()}
    assert buffers.keys() == {"model", "optimizer"}
    training.advance(1)
    vault.save("2", training.parts(), position={})
    assert {name: arena._buffer.data_ptr() for name, arena in vault._arenas._arenas.items()} == buffers
    vault.close()
    assert not vault._arenas._arenas


def test_state_that_appears_later_is_saved_too(vault):
    training = Training()
    vault.save("1", training.parts(), position={})
    training.advance(1)
    training.model.to(memory_format=torch.preserve_format)
    vault.save("2", training.parts(), position={})
    vault.save("3", {"model": training.model}, position={})
    vault.wait()
    assert open_checkpoint(vault.path / "2").parts.keys() == {"model", "optimizer", "scheduler"}
    assert same(open_checkpoint(vault.path / "2").state("optimizer"), training.optimizer.state_dict())
    assert open_checkpoint(vault.path / "3").parts == {"model": "module"}


def test_a_tensor_whose_strides_change_between_saves_is_saved_right(vault):
    weight = torch.arange(6.0).reshape(2, 3)
    vault.save("1", {"weight": weight}, position={})
    vault.save("2", {"weight": weight.t().contiguous().t()}, position={})
    vault.save("3", {"weight": weight.t()}, position={})
    vault.wait()
    second, third = (open_checkpoint(vault.path / name).state("weight") for name in ("2", "3"))
    assert same(second, weight.t().contiguous().t())
    assert same(third, weight.t())


def test_tensors_that_become_tied_otherwise_between_saves_are_saved_right(vault):
    one, two = torch.ones(3), torch.zeros(3)
    for name, third in (("1", one), ("2", two)):
        vault.save(name, {"x": {"a": one, "b": two, "c": third}}, position={})
    vault.wait()
    first, second = (open_checkpoint(vault.path / name).state("x") for name in ("1", "2"))
    assert first["c"] is first["a"] is not first["b"]
    assert second["c"] is second["b"] is not second["a"]


def test_position_and_labels_are_read_again(vault):
    vault.save("1", {"x": 1}, position={"step": 3, "stage": "steps", "deep": [1.5, None]}, labels=["best"])
    newest = vault.newest()
    assert newest.position == {"step": 3, "stage": "steps", "deep": [1.5, None]}
    assert newest.labels == ("best",)
    assert newest.manifest.versions["torch"] == str(torch.__version__)
    assert repr(newest).startswith("<Checkpoint '1': x (value); ")


@pytest.mark.parametrize("position", [{"x": torch.ones(1)}, {"x": float("nan")}, {"x": (1, 2)}, {1: 2}])
def test_a_position_that_json_cannot_hold_is_refused(vault, position):
    with pytest.raises(UsageError, match="position="):
        vault.save("1", {"x": 1}, position=position)


@pytest.mark.parametrize("name", ["", ".x", "a/b", "damaged-1", "-x", "x" * 101])
def test_a_name_that_cannot_be_a_folder_is_refused(vault, name):
    with pytest.raises(UsageError, match="a checkpoint cannot be named"):
        vault.save(name, {"x": 1}, position={})


def test_before_publish_comes_after_the_copy_and_before_the_checkpoint_appears(vault):
    seen = []
    weight = torch.zeros(1)

    def commit():
        seen.append((vault.names(), threading.current_thread()))
        weight.fill_(9)

    for name in ("1", "2"):
        vault.save(name, {"weight": weight.zero_()}, position={}, before_publish=commit)
    assert seen == [([], threading.main_thread()), (["1"], threading.main_thread())]
    assert vault.newest().state("weight") == 0


def test_when_before_publish_fails_nothing_appears(vault):
    def fail():
        raise RuntimeError("no records")

    with pytest.raises(RuntimeError, match="no records"):
        vault.save("1", {"x": 1}, position={}, before_publish=fail)
    vault.wait()
    assert vault.newest() is None


def test_an_empty_vault_has_no_checkpoint(vault):
    assert (vault.newest(), vault.best(), vault.names()) == (None, None, [])
    vault.discard_after("0")


def test_the_last_few_are_kept(tmp_path):
    assert save_all(Vault(tmp_path, keep_last=3), range(6)) == ["0003", "0004", "0005"]


def test_the_newest_best_is_kept(tmp_path):
    vault = Vault(tmp_path, keep_last=1)
    assert save_all(vault, range(6), best={1, 3}) == ["0003", "0005"]
    assert vault.best().name == "0003"


def test_the_best_is_not_kept_when_that_is_not_wanted(tmp_path):
    assert save_all(Vault(tmp_path, keep_last=1, keep_best=False), range(6), best={1}) == ["0005"]


def test_every_so_many_steps_are_kept_for_good(tmp_path):
    names = save_all(Vault(tmp_path, keep_last=1, keep_every=4), range(10))
    assert names == ["0000", "0004", "0008", "0009"]


def test_a_new_vault_thins_out_what_an_older_one_left(tmp_path):
    save_all(Vault(tmp_path, keep_last=4), range(4), best={0})
    assert save_all(Vault(tmp_path, keep_last=2), [4]) == ["0000", "0003", "0004"]


def test_what_was_just_written_is_never_thinned_out(tmp_path):
    save_all(Vault(tmp_path, keep_last=2), [7, 8])
    assert save_all(Vault(tmp_path, keep_last=1), [3]) == ["0003", "0008"]


def test_nonsense_about_what_to_keep_is_refused(tmp_path):
    with pytest.raises(UsageError, match="at least 1"):
        Vault(tmp_path, keep_last=0)
    with pytest.raises(UsageError, match="keep_every=0"):
        Vault(tmp_path, keep_every=0)


def test_the_same_name_again_replaces(vault):
    for number in (1, 2):
        vault.save("1", {"x": number}, position={})
    assert vault.newest().state("x") == 2
    assert entries(vault.path) == ["1"]


def test_later_ones_can_be_discarded(tmp_path):
    vault = Vault(tmp_path, keep_last=9)
    save_all(vault, range(4))
    vault.discard_after("0001")
    assert vault.names() == ["0000", "0001"]


def test_an_error_in_the_background_is_raised_by_the_next_save_as_it_was(vault, monkeypatch):
    vault.save("1", {"x": 1}, position={})
    vault.wait()
    fill_disk(monkeypatch)
    vault.save("2", {"x": 2}, position={})
    with pytest.raises(CheckpointError, match="No space left"):
        vault.save("3", {"x": 3}, position={})
    vault.wait()
    assert entries(vault.path) == ["1"]


def test_a_full_disk_is_said_with_path_and_size_and_leaves_nothing_behind(vault, monkeypatch):
    vault.save("1", {"x": torch.ones(2000)}, position={})
    vault.wait()
    fill_disk(monkeypatch)
    message = r"cannot write checkpoint .*/checkpoints/2 \(1\d.\d KiB\): No space left on device. .* are free there."
    with pytest.raises(CheckpointError, match=message) as raised:
        vault.save("2", {"x": torch.ones(4000)}, position={}, background=False)
    assert raised.value.__cause__.errno == errno.ENOSPC
    assert entries(vault.path) == ["1"]
    monkeypatch.undo()
    vault.save("2", {"x": torch.ones(4000)}, position={})
    assert vault.newest().name == "2"


FULL = """
import resource, signal, sys, torch
from retorch.checkpoints import Vault
from retorch.errors import CheckpointError
vault = Vault(sys.argv[1])
vault.save("1", {"x": torch.ones(1000)}, position={}, background=False)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
vault.save("2", {"x": torch.ones(1_000_000)}, position={})
try:
    vault.wait()
except CheckpointError as error:
    print(error)
"""


def test_a_real_limit_on_the_disk_is_said(tmp_path):
    finished = subprocess.run([sys.executable, "-c", FULL, tmp_path], check=True, capture_output=True, text=True)
    assert "cannot write checkpoint" in finished.stdout
    assert "File too large" in finished.stdout
    assert entries(tmp_path) == ["1"]
    assert verify(tmp_path / "1") == []


def test_a_script_that_ends_after_its_last_save_still_writes_it(tmp_path):
    script = (
        "import sys, torch\nfrom retorch.checkpoints import Vault\n"
        "Vault(sys.argv[1]).save('1', {'x': torch.ones(3_000_000)}, position={})\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", script, tmp_path], check=True)
    assert Vault(tmp_path).newest().state("x").sum() == 3_000_000


def test_what_cannot_be_stored_is_refused_in_the_call(vault):
    with pytest.raises(CheckpointUnsupported, match="part 'x'"):
        vault.save("1", {"x": lambda: 0}, position={})
    assert vault.newest() is None


def test_leftovers_of_killed_writers_are_cleared_away_and_swaps_finished(tmp_path):
    save_all(Vault(tmp_path, keep_last=9), range(4))
    dead = dead_process()
    (tmp_path / f".writing-0009-{dead}").mkdir()
    (tmp_path / f".removing-0008-{dead}").mkdir()
    (tmp_path / "0003").rename(tmp_path / ".ready-0003")
    (tmp_path / "0002").rename(tmp_path / ".replaced-0002")
    vault = Vault(tmp_path)
    assert vault.newest().name == "0003"
    assert entries(tmp_path) == ["0000", "0001", "0002", "0003"]


def test_a_writer_that_lives_is_left_alone(tmp_path):
    save_all(Vault(tmp_path), [1])
    (tmp_path / f".writing-0002-{os.getppid()}").mkdir()
    Vault(tmp_path).newest()
    assert f".writing-0002-{os.getppid()}" in entries(tmp_path)


def test_a_damaged_best_gives_way_to_the_best_before(tmp_path):
    vault = Vault(tmp_path, keep_last=9)
    save_all(vault, range(4), best={1, 2})
    (tmp_path / "0002" / "state.json").write_bytes(b"")
    assert vault.best().name == "0001"


def test_saving_from_a_model_that_trains_meanwhile_draws_nothing_and_changes_nothing(tmp_path):
    def train(save):
        training, vault = Training(), Vault(tmp_path)
        generator = torch.Generator().manual_seed(3)
        for step in range(6):
            loss = nn.functional.dropout(training.model(torch.randn(8, 4, generator=generator))).sum()
            training.optimizer.zero_grad()
            loss.backward()
            training.optimizer.step()
            if save:
                vault.save(f"{step}", training.parts(), position={"step": step})
        vault.close()
        return raw_state(training)

    assert train(save=True) == train(save=False)


def save_all(vault, steps, best=()):
    for step in steps:
        labels = ["best"] if step in best else []
        vault.save(f"{step:04d}", {"x": step}, position={"step": step}, labels=labels, background=False)
    return vault.names()


def raw_state(training):
    return [(name, value.tolist()) for name, value in training.model.state_dict().items()]


def hold_writing(monkeypatch, gate):
    real = os.fsync

    def fsync(descriptor):
        gate.wait(10)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


def fill_disk(monkeypatch):
    def write(descriptor, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", write)


def dead_process():
    finished = subprocess.Popen([sys.executable, "-c", ""])
    finished.wait()
    return finished.pid
