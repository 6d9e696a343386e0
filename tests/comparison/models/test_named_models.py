"""Models, batches, weights and maps as they are named on the command line."""

import json
import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from retorch.cli._diffing_models import are_models, diff_models
from retorch.cli._exits import ExitCode
from retorch.comparison.models import compare_named
from retorch.errors import UsageError

OURS = """
import torch
from torch import nn
from layers import make_activation

class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.up, self.act, self.down = nn.Linear(4, width), make_activation(), nn.Linear(width, 2)

    def forward(self, x):
        return self.down(self.act(self.up(x)))

def build():
    return Net()

def needs(width):
    return Net(width)

def broken():
    raise OSError("the disk is gone")

made = Net()
batch = torch.linspace(-2, 2, 12).view(3, 4)
"""
THEIRS = """
from torch import nn
from layers import make_activation

class Model(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(4, 8), make_activation(), nn.Linear(8, 2))

def tanh():
    model = Model()
    model[1].approximate = "tanh"
    return model
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two repositories, each with a `layers.py` of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reference").mkdir()
    (tmp_path / "ours.py").write_text(OURS)
    (tmp_path / "layers.py").write_text("from torch import nn\n\ndef make_activation():\n    return nn.GELU()\n")
    (tmp_path / "reference" / "theirs.py").write_text(THEIRS)
    (tmp_path / "reference" / "layers.py").write_text("from torch import nn\n\nclass G(nn.GELU):\n    pass\n\nmake_activation = G\n")  # fmt: skip
    torch.save(torch.linspace(-2, 2, 12).view(3, 4), tmp_path / "batch.pt")
    return tmp_path


A, B = "ours.py:build", "reference/theirs.py:Model"


def test_two_files_are_built_and_compared_each_with_its_own_neighbours(folder):
    import sys

    modules, path = set(sys.modules), list(sys.path)
    found = compare_named(A, B, "batch.pt", weights="a")
    assert found.agree
    assert [(row.kind_a, row.kind_b) for row in found.rows][1] == ("GELU", "G")
    assert (found.a, found.b) == (A, B)
    assert not {"ours", "theirs", "layers"} & (set(sys.modules) - modules)
    assert sys.path == path


def test_a_home_that_is_entered_twice_stays_entered(folder):
    import sys

    from retorch.comparison.models._loading import Homes, find

    homes = Homes()
    home = find(A, homes, seed=0).home
    with home.entered():
        with home.entered():
            pass
        assert "layers" in sys.modules
    assert "layers" not in sys.modules


def test_the_same_seed_gives_both_the_same_first_weights_and_the_streams_are_put_back(folder):
    before = torch.get_rng_state()
    assert compare_named(A, B, "ours.py:batch").agree
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("word", ["ours.py:Net", "ours.py:made", "ours:build"])
def test_a_class_a_model_and_a_name_in_a_module_are_models_too(folder, word):
    assert compare_named(word, "reference/theirs.py:tanh", "batch.pt", weights="a").first.row.a == "act"


def test_a_file_of_a_package_may_import_relatively(folder):
    package = folder / "package" / "inner"
    package.mkdir(parents=True)
    for place in (package, package.parent):
        (place / "__init__.py").write_text("")
    (package / "net.py").write_text("from ..parts import build\n")
    (package.parent / "parts.py").write_text("from torch import nn\n\ndef build():\n    return nn.Linear(4, 2)\n")
    assert compare_named("package/inner/net.py:build", "package.parts:build", "batch.pt", weights="a").agree


def saved_in(folder, kind, tensors):
    file = folder / f"saved{kind}"
    if kind == ".npz":
        np.savez(file, **{name: one.numpy() for name, one in tensors.items()})
    elif kind == ".safetensors":
        save_file(tensors, file)
    else:
        torch.save(tensors, file)
    return file.name


@pytest.mark.parametrize("kind", [".pt", ".npz", ".safetensors"])
def test_activations_batches_and_weights_are_read_from_files_of_each_kind(folder, kind):
    model = nn.Linear(4, 2)
    batch = torch.linspace(-2, 2, 12).view(3, 4)
    (folder / "one.py").write_text("from torch import nn\n\ndef build():\n    return nn.Sequential(nn.Linear(4, 2))\n")
    weights = saved_in(folder, kind, {"0.weight": model.weight.detach(), "0.bias": model.bias.detach()})
    kept = folder / f"weights{kind}"
    (folder / weights).rename(kept)
    outputs = saved_in(folder, kind, {"0": model(batch).detach()})
    assert compare_named("one.py:build", outputs, "batch.pt", weights=str(kept)).agree
    saved_in(folder, kind, {"x": batch})
    assert compare_named("one.py:build", "one.py:build", outputs).agree


def test_a_file_of_weights_that_fits_one_model_reaches_the_other_through_it(folder):
    torch.manual_seed(3)
    state = {"state_dict": {"0.weight": torch.randn(8, 4), "0.bias": torch.randn(8), "2.weight": torch.randn(2, 8), "2.bias": torch.randn(2)}}  # fmt: skip
    torch.save(state, folder / "theirs.pt")
    found = compare_named(A, B, "batch.pt", weights="theirs.pt")
    assert found.agree
    assert all(one.agree for one in found.carried)
    (folder / "map.toml").write_text('up = "0"\n[down]\nweight = "2.weight"\nbias = "2.bias"\n')
    assert compare_named(A, B, "batch.pt", weights="theirs.pt", names=folder / "map.toml").agree
    torch.save({"elsewhere": torch.ones(2)}, folder / "other.pt")
    with pytest.raises(UsageError, match=r"no name in other.pt fits a parameter .* It has elsewhere; .* up.weight"):
        compare_named(A, B, "batch.pt", weights="other.pt")


def test_a_name_map_pairs_modules_and_weights(folder):
    (folder / "map.json").write_text(json.dumps({"up": "0", "act": "1", "down": "2"}))
    found = compare_named(A, B, "batch.pt", weights="b", names=folder / "map.json")
    assert found.agree
    assert {row.matched_by for row in found.rows} == {"name map", "name"}


class Trap:
    def __reduce__(self):
        return (open, ("sprung", "w"))


def test_a_file_with_code_in_it_is_refused_and_not_run(folder):
    (folder / "trap.pt").write_bytes(pickle.dumps({"x": Trap()}))
    torch.save({"x": Trap()}, folder / "other.pt")
    np.savez(folder / "trap.npz", x=np.array([Trap()], dtype=object))
    for name in ("trap.pt", "other.pt", "trap.npz"):
        with pytest.raises(UsageError, match=f"{name} cannot be read as a file of tensors"):
            compare_named(A, B, name)
    assert not (folder / "sprung").exists()


WRONG = {
    "there is no file nowhere.py": ("nowhere.py:build", B, "batch.pt"),
    "there is no module 'nowhere'": ("nowhere:build", B, "batch.pt"),
    r"no 'biuld' in it; ours.py has Net, build": ("ours.py:biuld", B, "batch.pt"),
    r"'ours.py' names no object in a file; .*; ours.py has Net, build": ("ours.py", B, "batch.pt"),
    r"cannot be called without arguments: .*def build\(\): return needs": ("ours.py:needs", B, "batch.pt"),
    "gives a Tensor; it must give a torch.nn.Module": ("ours.py:batch.sum", B, "batch.pt"),
    "there is no file nothing.npz": (A, B, "nothing.npz"),
    "there is no batch: .*--batch": (A, B, None),
    "ours.py:Net gives a Net without a tensor": (A, B, "ours.py:Net"),
    r"ours.py:build failed on the batch in `up` \(Linear\)": (A, B, "reference/theirs.py:wrong"),
}


@pytest.mark.parametrize("match", WRONG)
def test_words_that_name_nothing_are_told(folder, match):
    with (folder / "reference" / "theirs.py").open("a") as file:
        file.write("\nimport torch\nwrong = torch.zeros(3, 5)\n")
    with pytest.raises(UsageError, match=match):
        compare_named(*WRONG[match])


def test_maps_that_are_none_are_told(folder):
    for text, match in {"[1]": "must hold names", "{": "is no JSON", '{"up": 1}': "must hold names"}.items():
        (folder / "map.json").write_text(text)
        with pytest.raises(UsageError, match=match):
            compare_named(A, B, "batch.pt", names=folder / "map.json")


def test_the_command_prints_and_leaves_with_the_right_code(folder, capsys):
    assert diff_models(A, B, batch="batch.pt", weights="a") is ExitCode.CLEAN
    assert f"{A} and {B} agree bit for bit" in capsys.readouterr().out
    assert diff_models(A, "reference/theirs.py:tanh", batch="batch.pt", weights="a", as_json=True) is ExitCode.FOUND
    held = json.loads(capsys.readouterr().out)
    assert held["first"]["module"] == "act"
    assert held["first"]["other_module"] == "1"


def test_what_the_users_code_raises_is_shown_from_their_line_on(folder, capsys):
    import typer

    with pytest.raises(typer.Exit) as left:
        diff_models("ours.py:broken", B, batch="batch.pt")
    assert left.value.exit_code == ExitCode.FOUND
    said = capsys.readouterr().err
    assert "OSError: the disk is gone" in said
    assert "_loading.py" not in said


def test_runs_and_models_are_told_apart(folder):
    assert are_models(A, B)
    assert are_models("ours.py", "acts.npz")
    assert not are_models("runs/a", "runs/b")
    assert not are_models(A, "reference")
    with pytest.raises(UsageError, match="reference is a folder"):
        diff_models(A, "reference", batch="batch.pt")
