"""A copy that goes on from an earlier checkpoint; the run itself is left alone."""

import errno
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

from retorch.errors import RunFolderError
from retorch.replay._copy import copy_run
from retorch.runs import read_info, read_metrics, read_record_facts

SCRIPT = """
import os, sys, torch, retorch
retorch.seed_everything(3)
model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(0.3), torch.nn.Linear(8, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
data = [torch.randn(8, 4, generator=torch.Generator().manual_seed(i)) for i in range(6)]
run = retorch.Run(sys.argv[1], model=model, optimizer=optimizer, threads=1, checkpoint_steps=5,
                  checkpoint_seconds=None, keep_last=3)
for epoch in run.epochs(4):
    for inputs in run.steps(data):
        loss = model(inputs).square().mean()
        optimizer.zero_grad(); loss.backward(); optimizer.step()
        run.log(loss=loss)
print(run.step, sum(p.double().sum().item() for p in model.parameters()).hex())
"""


def train(folder, run):
    (folder / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py", run], cwd=folder, env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    return folder, train(folder, "run")


def everything_in(folder):
    """The bytes and times of each file, and the times of each folder."""
    found = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        status = path.stat()
        found[path.relative_to(folder)] = (status.st_mtime_ns, path.read_bytes() if path.is_file() else None)
    return found


@pytest.mark.parametrize(("step", "name"), [(24, "000000024.002"), (23, "000000020.000"), (20, "000000020.000")])
def test_the_nearest_checkpoint_at_or_before_the_step_is_taken(trained, tmp_path, step, name):
    assert copy_run(trained[0] / "run", tmp_path / "copy", step=step) == int(name.split(".")[0])
    assert [path.name for path in (tmp_path / "copy" / "checkpoints").iterdir()] == [name]


def test_a_run_goes_on_in_the_copy_to_the_same_end_and_the_original_is_never_touched(trained, tmp_path):
    folder, printed = trained
    before = everything_in(folder / "run")
    copy_run(folder / "run", tmp_path / "copy", step=17)
    assert train(tmp_path, "copy") == printed
    assert everything_in(folder / "run") == before
    assert read_metrics(tmp_path / "copy") == read_metrics(folder / "run")


def test_files_of_a_checkpoint_are_shared(trained, tmp_path):
    copy_run(trained[0] / "run", tmp_path / "copy", step=24)
    name = "checkpoints/000000024.002/model.safetensors"
    assert (tmp_path / "copy" / name).samefile(trained[0] / "run" / name)


def test_before_the_first_checkpoint_it_starts_from_the_beginning_with_seed_and_threads(trained, tmp_path):
    assert copy_run(trained[0] / "run", tmp_path / "copy", step=14) is None
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["run.json"]
    info = read_info(tmp_path / "copy")
    assert (info.seed, info.threads, info.status, info.result) == (3, 1, "started", None)
    assert info.command == read_info(trained[0] / "run").command


def test_a_recorded_loop_which_saves_nothing_gets_an_empty_folder(trained, tmp_path):
    run = tmp_path / "recorded"
    run.mkdir()
    shutil.copy(trained[0] / "run" / "run.json", run)
    assert copy_run(run, tmp_path / "copy", step=9) is None
    assert list((tmp_path / "copy").iterdir()) == []


def test_a_damaged_checkpoint_is_passed_over(trained, tmp_path):
    run = shutil.copytree(trained[0] / "run", tmp_path / "run")
    file = run / "checkpoints" / "000000024.002" / "model.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    assert copy_run(run, tmp_path / "copy", step=24) == 20


def test_the_lock_is_not_taken_and_a_write_ahead_log_is_read(trained, tmp_path):
    """As where the run goes on: it holds the file open, and its newest records lie in the log."""
    run = shutil.copytree(trained[0] / "run", tmp_path / "run")
    with sqlite3.connect(run / "metrics.sqlite") as live:
        live.execute("PRAGMA journal_mode = WAL")
        live.execute("UPDATE metrics SET value = 0.125 WHERE record = 0")
        live.commit()
        assert copy_run(run, tmp_path / "copy", step=24) == 24
        assert read_metrics(tmp_path / "copy")[0].value == 0.125
    assert not (tmp_path / "copy" / "run.lock").exists()
    assert read_record_facts(tmp_path / "copy").steps == 24


def no_links(*_, **__):
    raise OSError(errno.EXDEV, "Invalid cross-device link")


def test_across_file_systems_it_points_to_what_nobody_deletes_and_a_lasting_copy_is_one(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", no_links)
    copy_run(trained[0] / "run", tmp_path / "pointing", step=17)
    copy_run(trained[0] / "run", tmp_path / "lasting", step=17, lasting=True)
    name = "checkpoints/000000015.000/model.safetensors"
    assert (tmp_path / "pointing" / name).is_symlink()
    assert not (tmp_path / "lasting" / name).is_symlink()
    assert train(tmp_path, "pointing") == trained[1]
    assert (trained[0] / "run" / name).exists()


def test_a_checkpoint_that_is_deleted_meanwhile_is_looked_for_again(trained, tmp_path, monkeypatch):
    run = shutil.copytree(trained[0] / "run", tmp_path / "run")
    link, deleted = os.link, []

    def deleting(source, target):
        if not deleted:
            deleted.append(shutil.rmtree(run / "checkpoints" / "000000020.000"))
        return link(source, target)

    monkeypatch.setattr(os, "link", deleting)
    assert copy_run(run, tmp_path / "copy", step=20) == 15
    assert [path.name for path in (tmp_path / "copy" / "checkpoints").iterdir()] == ["000000015.000"]


def test_what_is_no_run_is_told(tmp_path):
    with pytest.raises(RunFolderError, match="is not a run"):
        copy_run(tmp_path, tmp_path / "copy", step=3)
