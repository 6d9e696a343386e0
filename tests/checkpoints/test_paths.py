"""`save` writes where it may, `export` writes what others read."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn
from trained import Training, entries, same

import retorch
from retorch.checkpoints import Vault, export, open_checkpoint, verify
from retorch.errors import (
    CheckpointDamaged,
    CheckpointError,
    CheckpointMismatch,
    CheckpointNotFound,
    CheckpointUnsupported,
    UsageError,
)


def test_save_returns_the_path_and_makes_its_parents(tmp_path):
    path = tmp_path / "a" / "b" / "model.ckpt"
    assert retorch.save(str(path), x=1) == path
    assert retorch.load(str(path)) == {"x": 1}
    assert entries(path.parent) == ["model.ckpt"]


def test_a_checkpoint_is_replaced_whole(tmp_path):
    retorch.save(tmp_path / "c", x=torch.ones(2), sparse=torch.eye(2).to_sparse())
    retorch.save(tmp_path / "c", y=2)
    assert retorch.load(tmp_path / "c") == {"y": 2}
    assert entries(tmp_path) == ["c"]
    assert entries(tmp_path / "c") == ["manifest.json", "state.json"]


def test_a_damaged_checkpoint_can_be_replaced(tmp_path):
    for file in ("manifest.json", "state.json"):
        retorch.save(tmp_path / "c", x=1)
        (tmp_path / "c" / file).unlink()
        retorch.save(tmp_path / "c", x=2)
        assert retorch.load(tmp_path / "c") == {"x": 2}


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "c").mkdir()
    retorch.save(tmp_path / "c", x=1)
    assert retorch.load(tmp_path / "c") == {"x": 1}


def test_a_link_keeps_pointing_where_it_points(tmp_path):
    retorch.save(tmp_path / "real", x=1)
    (tmp_path / "latest").symlink_to("real")
    retorch.save(tmp_path / "latest", x=2)
    assert (tmp_path / "latest").is_symlink()
    assert retorch.load(tmp_path / "real") == {"x": 2}


def test_a_relative_path_works(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    retorch.save("c", x=1)
    retorch.save("c", x=2)
    assert retorch.load("c") == {"x": 2}


def test_other_things_are_not_replaced(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CheckpointError, match=r"file is a file; a checkpoint is a folder. Save under another name"):
        retorch.save(tmp_path / "file", x=1)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.tex").write_text("mine")
    with pytest.raises(CheckpointError, match=r"is not replaced, because .* it holds thesis.tex"):
        retorch.save(tmp_path / "folder", x=1)
    retorch.save(tmp_path / "c", x=1)
    (tmp_path / "c" / "notes.txt").write_text("mine")
    with pytest.raises(CheckpointError, match=r"it holds notes.txt"):
        retorch.save(tmp_path / "c", x=2)
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "manifest.json").write_text("{}")
    with pytest.raises(CheckpointError, match=r"its manifest.json is not one of retorch's"):
        retorch.save(tmp_path / "web", x=1)
    assert retorch.load(tmp_path / "c") == {"x": 1}


def test_a_parent_that_is_a_file_is_said(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(
        CheckpointError, match=r"cannot write checkpoint .*file/c \(\d+ bytes\): (Not a directory|File exists)"
    ):
        retorch.save(tmp_path / "file" / "c", x=1)


@pytest.mark.parametrize("stand_in", [".ready-c", ".replaced-c"])
def test_an_interrupted_swap_is_understood_by_load_and_finished_by_save(tmp_path, stand_in):
    retorch.save(tmp_path / "c", x=1)
    (tmp_path / "c").rename(tmp_path / stand_in)
    assert retorch.load(tmp_path / "c") == {"x": 1}
    assert verify(tmp_path / "c") == []
    with pytest.raises(CheckpointUnsupported):
        retorch.save(tmp_path / "c", x=object())
    assert entries(tmp_path) == ["c"]
    retorch.save(tmp_path / "c", x=2)
    assert retorch.load(tmp_path / "c") == {"x": 2}
    assert entries(tmp_path) == ["c"]


def test_of_two_stand_ins_the_new_one_counts(tmp_path):
    retorch.save(tmp_path / "c", x="old")
    (tmp_path / "c").rename(tmp_path / ".replaced-c")
    retorch.save(tmp_path / "new", x="new")
    (tmp_path / "new").rename(tmp_path / ".ready-c")
    assert retorch.load(tmp_path / "c") == {"x": "new"}


def test_names_with_wildcards_and_similar_names_do_not_touch_each_other(tmp_path):
    for name in ("c", "c-1", "[c]*", "c.ready"):
        retorch.save(tmp_path / name, x=name)
        retorch.save(tmp_path / name, x=name)
    assert {name: retorch.load(tmp_path / name)["x"] for name in entries(tmp_path)} == {
        name: name for name in ("c", "c-1", "[c]*", "c.ready")
    }


def test_an_opened_checkpoint_tells_what_it_holds(tmp_path, training):
    checkpoint = open_checkpoint(retorch.save(tmp_path / "c", **training.parts(), epoch=3))
    assert checkpoint.parts == {"epoch": "value", "model": "module", "optimizer": "optimizer", "scheduler": "scheduler"}
    assert checkpoint.size_bytes > 1000
    assert checkpoint.state("epoch") == 3
    with pytest.raises(CheckpointMismatch, match="has no part 'net'; it holds epoch, model"):
        checkpoint.state("net")


def test_an_exported_safetensors_file_loads_strictly(tmp_path, training):
    path = retorch.save(tmp_path / "c", model=training.model)
    out = export(path, tmp_path / "out" / "model.safetensors")
    other = Training().model
    other.load_state_dict(safetensors.torch.load_file(out))
    assert same(other.state_dict(), training.model.state_dict())


def test_an_exported_safetensors_file_holds_tied_weights_under_each_name(tmp_path):
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    model[1].weight = model[0].weight
    out = export(retorch.save(tmp_path / "c", model=model), tmp_path / "m.safetensors")
    model.load_state_dict(safetensors.torch.load_file(out), strict=True)


@pytest.mark.parametrize("part", ["model", "optimizer", "scheduler"])
def test_an_exported_torch_file_is_a_plain_state_dict(tmp_path, training, part):
    path = retorch.save(tmp_path / "c", **training.parts())
    out = export(path, tmp_path / "part.pt", part=part, form="torch")
    loaded = torch.load(out, weights_only=True)
    assert same(loaded, training.parts()[part].state_dict())
    other = Training().parts()[part]
    other.load_state_dict(loaded)


def test_export_does_not_overwrite_unless_told_to(tmp_path):
    path = retorch.save(tmp_path / "c", model=nn.Linear(1, 1))
    (tmp_path / "out").write_text("mine")
    with pytest.raises(CheckpointError, match="out is there already; take another name, or overwrite=True"):
        export(path, tmp_path / "out")
    export(path, tmp_path / "out", overwrite=True)
    assert entries(tmp_path) == ["c", "out"]
    with pytest.raises(CheckpointError):
        export(path, tmp_path / "c", overwrite=True)


def test_export_says_what_a_form_cannot_hold(tmp_path, training):
    path = retorch.save(tmp_path / "c", **training.parts(), double=OrderedDict(x=torch.ones(1, dtype=torch.complex128)),
                        slices={"s": slice(1)}, number=3)  # fmt: skip
    for part in ("optimizer", "double", "number"):
        with pytest.raises(CheckpointUnsupported, match="Take form='torch'"):
            export(path, tmp_path / "out", part=part)
    with pytest.raises(CheckpointUnsupported, match=r"would refuse part 'slices', because it holds builtins.slice"):
        export(path, tmp_path / "out", part="slices", form="torch")
    with pytest.raises(UsageError, match="form='onnx' was asked; there are 'safetensors' and 'torch'"):
        export(path, tmp_path / "out", form="onnx")
    with pytest.raises(CheckpointMismatch):
        export(path, tmp_path / "out", part="net")
    assert entries(tmp_path) == ["c"]


def test_a_damaged_checkpoint_is_not_exported(tmp_path):
    path = retorch.save(tmp_path / "c", model=nn.Linear(1, 1))
    data = bytearray((path / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (path / "model.safetensors").write_bytes(data)
    with pytest.raises(CheckpointDamaged):
        export(path, tmp_path / "out")
    assert entries(tmp_path) == ["c"]


def test_loading_onto_a_device_moves_what_is_returned(tmp_path):
    model = nn.Linear(2, 2)
    retorch.save(tmp_path / "c", model=model, x={"t": torch.ones(2), "sparse": torch.eye(2).to_sparse()}, a=np.ones(2))
    rest = retorch.load(tmp_path / "c", device=torch.device("meta"), only=["x"])
    assert rest["x"]["t"].device.type == rest["x"]["sparse"].device.type == "meta"
    other = nn.Linear(2, 2)
    retorch.load(tmp_path / "c", device="meta", only=["model"], model=other)
    assert torch.equal(other.weight, model.weight)


def a_run(folder):
    """A folder that looks like a run's, with three checkpoints: 1, 2 (best) and 3."""
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    vault = Vault(folder / "checkpoints", keep_last=3)
    for number in (1, 2, 3):
        vault.save(f"{number}", {"x": number}, position={"step": number}, labels=["best"] if number == 2 else [])
    vault.close()
    return folder


def test_a_run_stands_for_its_newest_checkpoint_or_the_one_with_a_label(tmp_path):
    run = a_run(tmp_path / "run")
    assert retorch.load(run) == {"x": 3}
    assert retorch.load(run, label="best") == {"x": 2}


def test_a_label_that_is_not_there_is_said(tmp_path):
    run = a_run(tmp_path / "run")
    with pytest.raises(CheckpointNotFound, match="no checkpoint labelled 'worst'; its labels: best"):
        retorch.load(run, label="worst")
    with pytest.raises(CheckpointNotFound, match="is not the folder of a run"):
        retorch.load(run / "checkpoints" / "1", label="best")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "run.json").write_text("{}")
    with pytest.raises(CheckpointNotFound, match="has no checkpoint yet"):
        retorch.load(tmp_path / "empty")
