"""What a disk can do to a run between two starts: it is named, the last good state is taken, the bits are the same."""

import errno
import json
import os
import random
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from comparing import differences, facts, good_checkpoints
from places import Plan
from trials import LONG

SCENARIO = "dropout"
KEPT = {"keep_last": 3}
FLIPS = 12


@pytest.fixture(scope="session")
def killed(zygote, tmp_path_factory):
    """A run that was killed in its second epoch, with three good checkpoints."""
    folder = tmp_path_factory.mktemp("killed") / "run"
    assert zygote.run(SCENARIO, folder, plan=Plan("step", 23), **KEPT).killed
    assert len(good_checkpoints(folder)) == 3
    return folder


@pytest.fixture
def run(killed, folder):
    """A copy of the killed run, to be damaged."""
    shutil.copytree(killed, folder)
    return folder


def goes_on(zygote, unbroken, folder):
    """Start, demand the bits of the unbroken run, and return what the start said."""
    ended = zygote.run(SCENARIO, folder, **KEPT)
    whole = unbroken(SCENARIO, **KEPT)
    assert ended.finished()["result"] == whole.result
    assert not differences(whole.facts, facts(folder))
    return ended.errors


def truncate(path, size):
    os.truncate(path, size)


def flip(path, place, bit):
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << bit
    path.write_bytes(data)


FILES = ["manifest.json", "model.safetensors", "optimizer.safetensors", "run.gradients.safetensors", "state.json"]
DAMAGES = {
    "truncated": lambda file: truncate(file, file.stat().st_size // 2),
    "shorter by a byte": lambda file: truncate(file, file.stat().st_size - 1),
    "emptied": lambda file: truncate(file, 0),
    "longer by a byte": lambda file: file.write_bytes(file.read_bytes() + b"\0"),
    "full of zeros": lambda file: file.write_bytes(bytes(file.stat().st_size)),
    "deleted": lambda file: file.unlink(),
    "a folder": lambda file: (file.unlink(), file.mkdir()),
    "another checkpoint's": lambda file: shutil.copy(good_checkpoints(file.parents[2])[0] / file.name, file),
}


def test_the_files_of_a_checkpoint_are_those_that_get_damaged(killed):
    newest = good_checkpoints(killed)[-1]
    assert sorted(file.name for file in newest.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_of_the_newest_checkpoint_is_named(zygote, unbroken, run, file, damage):
    *_, second, newest = good_checkpoints(run)
    written = (newest / file).read_bytes()
    DAMAGES[damage](newest / file)
    if (newest / file).is_file() and (newest / file).read_bytes() == written:
        pytest.skip("the two checkpoints have this file in common")
    said = goes_on(zygote, unbroken, run)
    if file == "manifest.json" and damage == "another checkpoint's":
        assert f"{newest}/" in said  # it is a good manifest, and the files are not those that it lists
    else:
        assert f"{newest / file} is damaged" in said
    assert f"Checkpoint {second.name!r} is taken instead of {newest.name!r}; it was moved to damaged-" in said


@pytest.mark.parametrize(
    "seed", [*range(FLIPS), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(FLIPS, 30 * LONG))]
)
def test_one_flipped_bit_anywhere_in_the_newest_checkpoint_is_named(zygote, unbroken, run, seed):
    chance = random.Random(seed)
    newest = good_checkpoints(run)[-1]
    file = newest / FILES[seed % len(FILES)]
    place, bit = chance.randrange(file.stat().st_size), chance.randrange(8)
    flip(file, place, bit)
    said = goes_on(zygote, unbroken, run)
    assert f"{file} is damaged" in said, (file, place, bit, said)


def test_two_damaged_checkpoints_leave_the_third(zygote, unbroken, run):
    third, second, newest = good_checkpoints(run)
    truncate(newest / "model.safetensors", 0)
    flip(second / "state.json", 100, 0)
    said = goes_on(zygote, unbroken, run)
    assert str(newest / "model.safetensors") in said
    assert str(second / "state.json") in said
    assert f"Checkpoint {third.name!r} is taken" in said


def test_when_all_are_damaged_the_run_stops_and_changes_nothing(zygote, run):
    for checkpoint in good_checkpoints(run):
        flip(checkpoint / "model.safetensors", 1000, 3)
    before = content(run / "checkpoints")
    ended = zygote.run(SCENARIO, run, **KEPT)
    assert ended.status == 1
    assert "every checkpoint in" in ended.errors
    for checkpoint in good_checkpoints(run):
        assert f"{checkpoint / 'model.safetensors'} is damaged" in ended.errors
    assert content(run / "checkpoints") == before
    assert_nothing_runs(run)


def test_a_missing_checkpoint_folder_is_a_run_that_begins_anew(zygote, unbroken, run):
    """There is nothing to be taken for a state, so this is a fresh start, and its records are cut to match."""
    shutil.rmtree(run / "checkpoints")
    goes_on(zygote, unbroken, run)


def test_a_checkpoint_of_a_newer_schema_is_left_alone(zygote, run):
    from retorch.checkpoints import _manifest

    manifest = good_checkpoints(run)[-1] / "manifest.json"
    record = {**json.loads(manifest.read_text()), "schema": 99}
    record.pop("checksum")
    manifest.write_bytes(_manifest._canonical({**record, "checksum": _manifest._digest(record)}))
    before = content(run / "checkpoints")
    ended = zygote.run(SCENARIO, run, **KEPT)
    assert ended.status == 1
    assert "retorch.errors.CheckpointTooNew: " in ended.errors
    assert str(manifest) in ended.errors
    assert "Install a newer retorch" in ended.errors
    assert content(run / "checkpoints") == before


@pytest.mark.parametrize("text", [b"", b"{", b"null", b"[]", b'{"schema": 1}', bytes(500), b"\xff\xfe"])
def test_a_garbled_run_json_is_named(zygote, run, text):
    (run / "run.json").write_bytes(text)
    before = content(run)
    ended = zygote.run(SCENARIO, run, **KEPT)
    assert ended.status == 1
    assert f"retorch.errors.RunFolderError: {run / 'run.json'} is damaged" in ended.errors
    assert content(run) == before


def test_a_run_json_of_a_newer_schema_is_named(zygote, run):
    info = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**info, "schema": 99}))
    ended = zygote.run(SCENARIO, run, **KEPT)
    assert ended.status == 1
    assert "Update retorch to use the run" in ended.errors


def test_a_missing_run_json_is_named(zygote, run):
    (run / "run.json").unlink()
    ended = zygote.run(SCENARIO, run, **KEPT)
    assert "put run.json back if this was a run" in ended.errors


def damage_metrics(how, run):
    if how == "some rows gone":
        with closing(sqlite3.connect(run / "metrics.sqlite", isolation_level=None)) as database:
            database.execute("DELETE FROM metrics WHERE record >= 5")
        return
    for suffix in ("-wal", "-shm"):
        Path(f"{run / 'metrics.sqlite'}{suffix}").unlink(missing_ok=True)
    if how == "deleted":
        (run / "metrics.sqlite").unlink()
    elif how == "emptied":
        truncate(run / "metrics.sqlite", 0)
    elif how == "truncated":
        truncate(run / "metrics.sqlite", 4096)
    elif how == "garbled":
        (run / "metrics.sqlite").write_bytes(random.Random(0).randbytes(8192))


@pytest.mark.parametrize("how", ["deleted", "emptied", "truncated", "garbled", "some rows gone"])
def test_lost_records_are_named_and_nothing_is_trained(zygote, run, how):
    """Without its log a killed database has lost its rows; whoever goes on would leave a table with a hole."""
    damage_metrics(how, run)
    before = content(run / "checkpoints")
    ended = zygote.run(SCENARIO, run, **KEPT)
    assert ended.status == 1
    assert "retorch.errors.RunFolderError: " in ended.errors
    assert str(run / "metrics.sqlite") in ended.errors
    assert content(run / "checkpoints") == before
    assert_nothing_runs(run)


@pytest.mark.parametrize("number", [12, 20, 31, 40, 47, 55, 64])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_disk_that_is_full_during_the_save_stops_the_run_and_space_lets_it_go_on(
    zygote, unbroken, folder, number, code
):
    """From the given call on, each call that changes the disk fails, in the background thread or in the loop."""
    ended = zygote.run(SCENARIO, folder, plan=Plan("call", number, error=code), **KEPT)
    assert ended.status == 1, ended.errors
    assert os.strerror(code) in ended.errors
    goes_on(zygote, unbroken, folder)


@pytest.fixture
def public_folder():
    """Return a folder that every user may enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not write")


@needs_root
def test_a_read_only_folder_is_named_and_stays_as_it_is(zygote, unbroken, killed, public_folder):
    run = shutil.copytree(killed, public_folder / "run")
    before = content(run)
    ended = zygote.run(SCENARIO, run, user=65534, **KEPT)
    assert ended.status == 1
    assert ended.errors.splitlines()[-1] == (
        f"retorch.errors.RunFolderError: {run} cannot be used as a run folder: Permission denied ({run / 'run.lock'}). "
        f"Name a folder that you may write to."
    )
    assert content(run) == before
    goes_on(zygote, unbroken, run)


@needs_root
def test_a_new_run_in_a_read_only_folder_is_refused(zygote, public_folder):
    ended = zygote.run(SCENARIO, public_folder / "run", user=65534)
    assert ended.status == 1
    assert "retorch.errors.RunFolderError: " in ended.errors
    assert "Name a folder that you may write to" in ended.errors
    assert not list(public_folder.iterdir())


def test_a_copied_folder_goes_on_elsewhere(zygote, unbroken, run, tmp_path):
    subprocess.run(["cp", "-r", str(run), str(tmp_path / "elsewhere")], check=True)
    goes_on(zygote, unbroken, tmp_path / "elsewhere")


_OCCASION = ("run.lock", "environment.json", "metrics.sqlite-shm")


def content(folder):
    """Every file and its bytes, less what only says who looked last, and what the kill left half written."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in _OCCASION and not path.parent.name.startswith(".writing-")
    }


def assert_nothing_runs(run):
    """No half state: what the folder says of itself is what it said before."""
    info = json.loads((run / "run.json").read_text())
    assert info["status"] == "started"
    assert info["result"] is None
