"""A folder becomes a run, stays one through kills, and anything else is refused with advice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retorch.errors import RunFolderError, UsageError
from retorch.runs import RunFolder, RunInfo, read_info


def test_a_missing_folder_becomes_a_run(tmp_path, info):
    with RunFolder.create_or_open(tmp_path / "deep" / "run", info) as folder:
        assert folder.is_new
        assert folder.info == read_info(folder.path) == info


def test_an_existing_run_keeps_what_it_is(tmp_path, info):
    RunFolder.create_or_open(tmp_path, info).close()
    with RunFolder.create_or_open(tmp_path, RunInfo.new(seed=8, threads=1)) as folder:
        assert not folder.is_new
        assert folder.info == info


@pytest.mark.parametrize("text", [None, b"", b"\0" * 40, b'{"schema": 1, "se'])
def test_what_a_kill_or_a_power_loss_at_the_start_can_leave_is_a_fresh_run(tmp_path, text, info):
    (tmp_path / "run.lock").touch()
    (tmp_path / ".run.json.123.aside").write_bytes(b"{")
    if text is not None:
        (tmp_path / "run.json").write_bytes(text)
    with RunFolder.create_or_open(tmp_path, info) as folder:
        assert folder.is_new
        assert sorted(entry.name for entry in tmp_path.iterdir()) == ["run.json", "run.lock"]


KILLED_AT = """
import os, sys
from retorch.runs import RunFolder, RunInfo
left = int(sys.argv[2])
def count(event, arguments):
    global left
    if left >= 0 and (event == "open" or event.startswith(("os.", "fcntl."))):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
info = RunInfo.new(seed=7, threads=2)
sys.addaudithook(count)
RunFolder.create_or_open(sys.argv[1], info)
"""


def test_a_start_killed_before_each_of_its_system_calls_can_be_started_again(tmp_path, info):
    for moment in range(30):
        path = tmp_path / str(moment)
        done = subprocess.run([sys.executable, "-c", KILLED_AT, path, str(moment)], check=False)
        with RunFolder.create_or_open(path, info) as folder:
            assert folder.info.seed == 7
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
    assert done.returncode == 0
    assert moment > 5


def test_a_folder_with_other_things_is_refused_by_naming_some(tmp_path, info):
    for name in "abcdef":
        (tmp_path / f"{name}.txt").touch()
    with pytest.raises(RunFolderError, match=r"holds a.txt, b.txt, c.txt, d.txt, \.\.\., but no run.json. Name a new"):
        RunFolder.create_or_open(tmp_path, info)
    assert not (tmp_path / "run.lock").exists()


def test_a_file_is_refused(tmp_path, info):
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match="file is a file; a run needs a folder of its own"):
        RunFolder.create_or_open(tmp_path / "file", info)
    with pytest.raises(RunFolderError, match="is a file"):
        RunFolder.create_or_open(tmp_path / "file" / "below", info)


def test_a_place_where_nothing_may_be_written_is_refused(read_only_place, info):
    def start():
        with pytest.raises(RunFolderError, match=r"new cannot be used as a run folder: .*Name a folder that you may"):
            RunFolder.create_or_open(read_only_place.path / "new", info)

    assert read_only_place.run(start) == 0


def test_a_newer_schema_names_the_version_that_wrote_it(folder, info):
    text = (folder.path / "run.json").read_text()
    newer = {**json.loads(text), "schema": 2, "retorch": "3.1", "surprise": 1}
    (folder.path / "run.json").write_text(json.dumps(newer))
    folder.close()
    with pytest.raises(RunFolderError, match=r"has schema 2, written by retorch 3.1; this is retorch .* Update"):
        RunFolder.open(folder.path)
    with pytest.raises(RunFolderError, match="schema 2"):
        RunFolder.create_or_open(folder.path, info)


@pytest.mark.parametrize(
    ("text", "problem"),
    [(b"{", "Expecting property name"), (b"", "the file is empty"), (b"[]", "valid dictionary"), (b"\xff", "decode")],
)
def test_a_damaged_description_is_named_and_not_overwritten(folder, text, problem, info, add_rows):
    add_rows(folder.path)
    folder.close()
    (folder.path / "run.json").write_bytes(text)
    with pytest.raises(RunFolderError, match=rf"(?s)run.json is damaged:.*{problem}.*Put a copy of run.json back"):
        RunFolder.create_or_open(folder.path, info)
    assert (folder.path / "run.json").read_bytes() == text


def test_an_unknown_entry_in_our_schema_is_named(folder):
    values = json.loads((folder.path / "run.json").read_text())
    (folder.path / "run.json").write_text(json.dumps({**values, "sede": 3}))
    with pytest.raises(RunFolderError, match="sede: Extra inputs"):
        read_info(folder.path)


def test_a_description_that_was_deleted_is_missed(folder, info, add_rows):
    add_rows(folder.path)
    folder.close()
    (folder.path / "run.json").unlink()
    with pytest.raises(RunFolderError, match=r"holds metrics.sqlite, but no run.json"):
        RunFolder.create_or_open(folder.path, info)


def test_opening_a_run_that_is_not_there_says_so_and_makes_nothing(tmp_path):
    with pytest.raises(RunFolderError, match=r"is not a run: it has no run.json"):
        RunFolder.open(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_an_update_is_on_disk_when_it_returns(folder):
    folder.update(status="finished", result={"loss": 0.5})
    assert read_info(folder.path).result == {"loss": 0.5}
    assert folder.info == read_info(folder.path)


def test_an_update_that_does_not_fit_changes_nothing(folder, info):
    with pytest.raises(UsageError, match="status: Input should be 'started', 'finished' or 'stopped'"):
        folder.update(status="ended")
    with pytest.raises(UsageError, match=r"result\.scores: input was not a valid JSON value"):
        folder.update(result={"scores": {1, 2}})
    assert read_info(folder.path) == folder.info == info


def test_an_option_that_json_cannot_hold_is_named():
    with pytest.raises(UsageError, match=r"config\.optimizer\.betas: input was not a valid JSON value"):
        RunInfo.new(seed=7, threads=1, config={"optimizer": {"betas": {0.9, 0.99}}})


def test_a_tuple_is_kept_as_the_list_that_json_makes_of_it():
    info = RunInfo.new(seed=7, threads=1, config={"optimizer": {"betas": (0.9, (1,))}})
    assert info.config == {"optimizer": {"betas": [0.9, [1]]}}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_any_configuration_reads_back_as_it_was_written(config):
    info = RunInfo.new(seed=7, threads=1, config=config, settings=config)
    assert RunInfo.model_validate(json.loads(info.to_json())) == info


def test_a_result_keeps_nan(folder):
    folder.update(result={"loss": float("nan")})
    loss = read_info(folder.path).result["loss"]
    assert loss != loss
