"""`retorch checkpoint`: show, verify, export."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file

from retorch.checkpoints import Vault


@pytest.fixture
def run(digits_run, tmp_path):
    return shutil.copytree(digits_run, tmp_path / "run")


@pytest.fixture
def newest(run):
    return max((run / "checkpoints").iterdir())


def test_show_lists_parts_tensors_position_and_versions(retorch, run):
    answer = retorch("checkpoint", "show", run)
    assert answer.code == 0
    assert "step 45" in answer.out
    assert f"torch {torch.__version__}" in answer.out
    row = next(line.split() for line in answer.out.splitlines() if " 0.weight " in line)
    assert row == ["model", "0.weight", "[4,", "1,", "3,", "3]", "float32", "144"]


def test_show_tells_the_same_as_json_for_a_run_and_its_newest_checkpoint(retorch, run, newest):
    facts = json.loads(retorch("checkpoint", "show", run, "--json").out)
    assert facts == json.loads(retorch("checkpoint", "show", newest, "--json").out)
    model = next(part for part in facts["parts"] if part["name"] == "model")
    assert model["tensors"][0]["dtype"] == "float32"
    assert facts["position"]["step"] == 45


def test_a_whole_checkpoint_verifies(retorch, run, newest):
    answer = retorch("checkpoint", "verify", run)
    assert (answer.code, answer.out) == (0, f"{newest} is whole: every checksum is right\n")
    assert json.loads(retorch("checkpoint", "verify", newest, "--json").out)["whole"] is True


def test_a_flipped_byte_is_named_and_leaves_with_1(retorch, run, newest):
    file = newest / "model.safetensors"
    data = bytearray(file.read_bytes())
    data[-5] ^= 1
    file.write_bytes(data)
    answer = retorch("checkpoint", "verify", run)
    assert answer.code == 1
    assert f"{file} is damaged" in answer.out
    assert json.loads(retorch("checkpoint", "verify", run, "--json").out)["problems"] != []
    assert retorch("checkpoint", "export", run, "--out", run / "out.pt").code == 1
    assert not (run / "out.pt").exists()


def test_a_missing_manifest_is_named_and_nothing_is_moved(retorch, run, newest):
    (newest / "manifest.json").unlink()
    answer = retorch("checkpoint", "verify", run)
    assert answer.code != 0
    assert "manifest" in answer.out + answer.err
    assert newest.exists()


def test_weights_go_to_one_safetensors_file_and_to_one_plain_state_dict(retorch, run, tmp_path):
    for name in ("model.safetensors", "model.pt"):
        answer = retorch("checkpoint", "export", run, "--out", tmp_path / name)
        assert (answer.code, answer.out) == (0, "")
    left = load_file(tmp_path / "model.safetensors")
    right = torch.load(tmp_path / "model.pt", weights_only=True)
    assert left.keys() == right.keys()
    assert all(torch.equal(left[name], right[name]) for name in left)


def test_the_form_names_the_file_when_nobody_does(retorch, run, tmp_path):
    assert retorch("checkpoint", "export", run, "--part", "optimizer", "--form", "pt").code == 0
    assert "state" in torch.load(tmp_path / "optimizer.pt", weights_only=True)


def test_an_export_overwrites_only_when_forced(retorch, run, tmp_path):
    out = tmp_path / "model.safetensors"
    out.write_text("precious")
    answer = retorch("checkpoint", "export", run, "--out", out)
    assert (answer.code, out.read_text()) == (2, "precious")
    assert f"{out} exists and is not overwritten; name another file with --out, or give --force" in answer.err
    assert retorch("checkpoint", "export", run, "--out", out, "--force").code == 0
    assert load_file(out)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--part", "teacher", "--out", "x.pt"), "has no part 'teacher'; it holds model, optimizer"),
        (("--form", "pt", "--out", "x.safetensors"), "x.safetensors would be written as pt; give it the ending .pt"),
        (("--part", "optimizer", "--out", "x.safetensors"), "a safetensors file holds dense tensors under names only"),
    ],
)
def test_what_cannot_be_exported_is_said_and_nothing_is_written(retorch, run, tmp_path, words, message):
    answer = retorch("checkpoint", "export", run, *words)
    assert answer.code == 2
    assert message in answer.err
    assert not list(tmp_path.glob("x.*"))


@pytest.mark.parametrize("command", ["show", "verify", "export"])
def test_a_path_without_a_checkpoint_is_told(retorch, tmp_path, command):
    answer = retorch("checkpoint", command, tmp_path / "nowhere")
    assert answer.code == 2
    assert "nowhere" in answer.err


def test_a_run_without_a_checkpoint_is_told(retorch, run):
    shutil.rmtree(run / "checkpoints")
    answer = retorch("checkpoint", "show", run)
    assert (answer.code, answer.err) == (2, f"retorch: the run {run} has no checkpoint yet\n")


def test_the_best_checkpoint_of_a_run_is_asked_for_by_its_label(retorch, run, newest):
    vault = Vault(run / "checkpoints", keep_last=9)
    vault.save("000000099.000", {"model": {"later": 1}}, position={"step": 99})
    vault.close()
    assert json.loads(retorch("checkpoint", "show", run, "--json").out)["name"] == "000000099.000"
    assert json.loads(retorch("checkpoint", "show", run, "--best", "--json").out)["name"] == newest.name
