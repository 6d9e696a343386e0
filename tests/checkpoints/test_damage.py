"""Whatever happens to a checkpoint on the disk, it is named, and never half of it is loaded."""

from __future__ import annotations

import copy
import json
import os
import shutil

import pytest
import torch
import xxhash
from trained import Training, entries, same

import retorch
from retorch.checkpoints import Vault, open_checkpoint, verify
from retorch.errors import CheckpointDamaged, CheckpointError, CheckpointNotFound, CheckpointTooNew, RetorchNotice


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A small checkpoint with all four kinds of file."""
    path = tmp_path_factory.mktemp("whole") / "c"
    value = {"x": torch.arange(5.0), "sparse": torch.eye(2).to_sparse(), "text": "a"}
    return retorch.save(path, value=value, model=torch.nn.Linear(2, 1))


def test_every_byte_of_every_file_counts(checkpoint, tmp_path):
    folder = shutil.copytree(checkpoint, tmp_path / "c")
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["manifest.json", "model.safetensors", "other.pt", "state.json", "value.safetensors"]
    for name in names:
        path = folder / name
        data = path.read_bytes()
        for place in range(len(data)):
            path.write_bytes(flipped(data, place, place % 8))
            problems = verify(folder)
            assert len(problems) == 1, (name, place)
            assert str(path) in problems[0]
        path.write_bytes(data)
    assert verify(folder) == []


@pytest.mark.parametrize("name", ["manifest.json", "model.safetensors", "other.pt", "state.json", "value.safetensors"])
@pytest.mark.parametrize("damage", ["cut", "emptied", "deleted", "longer", "a folder", "flipped"])
def test_a_damaged_file_is_named_and_nothing_is_loaded(checkpoint, tmp_path, name, damage):
    folder = shutil.copytree(checkpoint, tmp_path / "c")
    hurt(folder / name, damage)
    live = torch.nn.Linear(2, 1)
    before = copy.deepcopy(live.state_dict())
    with pytest.raises(CheckpointDamaged, match=rf"{name} is damaged: "):
        retorch.load(folder, model=live)
    with pytest.raises(CheckpointDamaged, match=name):
        open_checkpoint(folder)
    assert same(live.state_dict(), before)


def test_a_flipped_bit_in_the_schema_number_is_damage_and_not_a_newer_schema(checkpoint, tmp_path):
    folder = shutil.copytree(checkpoint, tmp_path / "c")
    data = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").write_bytes(data.replace(b'"schema": 1', b'"schema": 5'))
    with pytest.raises(CheckpointDamaged):
        open_checkpoint(folder)


def test_a_changed_manifest_with_extra_white_space_is_damage(checkpoint, tmp_path):
    folder = shutil.copytree(checkpoint, tmp_path / "c")
    data = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").write_bytes(data + b"\n")
    assert len(verify(folder)) == 1


def test_a_file_more_in_the_folder_is_fine(checkpoint, tmp_path):
    folder = shutil.copytree(checkpoint, tmp_path / "c")
    (folder / "notes.txt").write_text("mine")
    assert verify(folder) == []
    assert retorch.load(folder, only=["value"])["value"]["text"] == "a"


@pytest.mark.parametrize("same_rules", [True, False])
def test_a_newer_schema_is_said(checkpoint, tmp_path, same_rules):
    folder = shutil.copytree(checkpoint, tmp_path / "c")
    newer(folder, same_rules=same_rules)
    with pytest.raises(
        CheckpointTooNew, match=r"written by schema 7, and this version of retorch reads up to 1. Install a newer"
    ):
        retorch.load(folder)


def test_what_is_not_there_is_said_with_names_like_it(tmp_path):
    retorch.save(tmp_path / "model.ckpt", x=1)
    with pytest.raises(CheckpointNotFound, match=r"no checkpoint at .*modle.ckpt; did you mean model.ckpt\?"):
        retorch.load(tmp_path / "modle.ckpt")
    with pytest.raises(CheckpointNotFound, match=r"the folder .*nowhere does not exist"):
        retorch.load(tmp_path / "nowhere" / "c")


def test_files_of_others_are_recognised(tmp_path):
    torch.save({"a": torch.ones(1)}, tmp_path / "model.pt")
    with pytest.raises(
        CheckpointNotFound,
        match=r"looks like a file of torch.save: read it with torch.load\('.*model.pt', weights_only=True",
    ):
        retorch.load(tmp_path / "model.pt")
    torch.save({"a": torch.ones(1)}, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(CheckpointNotFound, match=r"read it with torch\.load"):
        retorch.load(tmp_path / "old.pt")
    path = retorch.save(tmp_path / "c", model=torch.nn.Linear(1, 1))
    with pytest.raises(
        CheckpointNotFound, match=r"looks like a safetensors file: read it with safetensors.torch.load_file"
    ):
        retorch.load(path / "model.safetensors")
    with pytest.raises(CheckpointNotFound, match=r"Load its folder, '.*c'"):
        retorch.load(path / "manifest.json")
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(CheckpointNotFound, match="Its format is unknown here"):
        retorch.load(tmp_path / "empty")


def test_a_run_given_instead_of_a_checkpoint_is_recognised(tmp_path):
    retorch.save(tmp_path / "run" / "checkpoints" / "0001", x=1)
    for path in (tmp_path / "run", tmp_path / "run" / "checkpoints"):
        with pytest.raises(
            CheckpointNotFound, match=r"contains checkpoints; load one of them, such as '.*checkpoints/0001'"
        ):
            retorch.load(path)


@pytest.mark.parametrize("damage", ["cut", "emptied", "deleted", "flipped"])
@pytest.mark.parametrize("name", ["manifest.json", "model.safetensors", "state.json"])
def test_the_newest_damaged_is_named_moved_aside_and_the_one_before_is_taken(tmp_path, name, damage):
    vault, older = filled(tmp_path)
    hurt(tmp_path / "0002" / name, damage)
    with pytest.warns(
        RetorchNotice,
        match=rf"(?s){name} is damaged.*Checkpoint '0001' is taken instead of '0002'; it was moved to damaged-0002",
    ):
        newest = vault.newest()
    assert newest.name == "0001"
    assert same(newest.state("model"), older)
    assert entries(tmp_path) == ["0001", "damaged-0002"]
    assert vault.newest().name == "0001"


def test_when_all_are_damaged_each_is_named_at_every_start(tmp_path):
    _, _ = filled(tmp_path)
    hurt(tmp_path / "0001" / "state.json", "cut")
    hurt(tmp_path / "0002" / "model.safetensors", "flipped")
    for _ in range(2):
        with pytest.raises(
            CheckpointDamaged,
            match=r"(?s)every checkpoint in .* is damaged:.*model.safetensors.*state.json.*Bring one back",
        ):
            Vault(tmp_path).newest()
    assert entries(tmp_path) == ["0001", "0002"]


def test_a_newer_schema_in_a_run_stops_it_and_stays(tmp_path):
    vault, _ = filled(tmp_path)
    newer(tmp_path / "0002", same_rules=True)
    with pytest.raises(CheckpointTooNew):
        vault.newest()
    assert entries(tmp_path) == ["0001", "0002"]


def test_damaged_again_under_the_same_name_is_kept_apart(tmp_path):
    for _ in range(2):
        vault, _ = filled(tmp_path)
        hurt(tmp_path / "0002" / "state.json", "cut")
        with pytest.warns(RetorchNotice):
            vault.newest()
    assert entries(tmp_path) == ["0001", "damaged-0002", "damaged-0002.2"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_in_a_folder_that_may_only_be_read_a_damaged_one_is_skipped(tmp_path):
    vault, _ = filled(tmp_path)
    hurt(tmp_path / "0002" / "state.json", "cut")
    tmp_path.chmod(0o555)
    with pytest.warns(RetorchNotice, match="instead of '0002'"):
        assert vault.newest().name == "0001"


def test_where_renaming_is_refused_a_damaged_one_is_skipped(tmp_path, monkeypatch):
    vault, _ = filled(tmp_path)
    hurt(tmp_path / "0002" / "state.json", "cut")

    def refuse(*arguments):
        raise PermissionError(13, "Read-only file system")

    monkeypatch.setattr(os, "rename", refuse)
    monkeypatch.setattr("pathlib.Path.rename", refuse)
    with pytest.warns(RetorchNotice, match=r"instead of '0002'\."):
        assert vault.newest().name == "0001"
    with pytest.raises(
        CheckpointError,
        match=r"cannot write checkpoint .*0003 .*Read-only file system.*older checkpoints are untouched",
    ):
        vault.save("0003", {"x": 1}, position={}, background=False)
    assert entries(tmp_path) == ["0001", "0002"]


def test_a_file_that_may_not_be_read_is_no_damage(tmp_path, monkeypatch):
    vault, _ = filled(tmp_path)

    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(CheckpointError, match=r"manifest.json cannot be read: Permission denied") as raised:
        vault.newest()
    assert not isinstance(raised.value, CheckpointDamaged)
    assert (tmp_path / "0002").exists()


def filled(path):
    """Return a vault with 0001 and 0002, and the weights of 0001."""
    vault, training = Vault(path), Training()
    vault.save("0001", {"model": training.model}, position={"step": 1})
    older = copy.deepcopy(training.model.state_dict())
    training.advance(1)
    vault.save("0002", {"model": training.model}, position={"step": 2})
    vault.close()
    return vault, older


def hurt(path, damage):
    data = path.read_bytes()
    if damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "emptied":
        path.write_bytes(b"")
    elif damage == "longer":
        path.write_bytes(data + b"\0")
    elif damage == "flipped":
        path.write_bytes(flipped(data, len(data) // 2, 0))
    else:
        path.unlink()
        if damage == "a folder":
            path.mkdir()


def flipped(data: bytes, place: int, bit: int) -> bytes:
    return data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]


def newer(folder, *, same_rules: bool):
    """Make a manifest say that a later version wrote it, one that keeps our rules of form or one that does not."""
    record = json.loads((folder / "manifest.json").read_bytes())
    del record["checksum"]
    record |= {"schema": 7, "news": [1, 2]}
    if same_rules:
        record["checksum"] = xxhash.xxh3_128_hexdigest((json.dumps(record, indent=1, sort_keys=True) + "\n").encode())
        (folder / "manifest.json").write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
    else:
        (folder / "manifest.json").write_text(json.dumps(record))
