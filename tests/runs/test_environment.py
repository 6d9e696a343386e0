"""Environments, sources and data facts are read without torch; what cannot be read says so."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import pytest

from retorch.errors import RunFolderError
from retorch.runs._environment import (
    read_data,
    read_environment,
    read_environments,
    read_git_diff,
    read_source_sets,
    read_sources,
)


def write(folder, entries, schema=2):
    (folder / "environment.json").write_text(json.dumps({"schema": schema, "environments": entries}))


def test_the_latest_environment_comes_with_what_is_known_of_the_data(tmp_path):
    write(tmp_path, [{"since": "1", "environment": {"retorch": "1"}}, {"since": "2", "environment": {"retorch": "2"}}])
    facts = [
        {"since": "1", "name": "train", "facts": {"length": 3}},
        {"since": "2", "name": "train", "facts": {"length": 4}},
    ]
    (tmp_path / "data.json").write_text(json.dumps({"schema": 1, "data": facts}))
    assert read_environment(tmp_path) == {"retorch": "2", "data": {"train": {"length": 4}}}
    assert read_environments(tmp_path) == [{"retorch": "1"}, {"retorch": "2"}]


def test_a_file_of_the_first_schema_is_read(tmp_path):
    write(tmp_path, [{"since": "1", "environment": {"numpy": "2.0"}}], schema=1)
    assert read_environment(tmp_path) == {"numpy": "2.0"}
    assert read_git_diff(tmp_path) is None


def test_nothing_recorded_is_an_empty_answer(tmp_path):
    assert read_environment(tmp_path) == {}
    assert read_environments(tmp_path) == []
    assert read_sources(tmp_path) == {}
    assert read_data(tmp_path) == {}
    assert read_git_diff(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 1}', '{"schema": 2, "environments": [3]}', "null"])
def test_a_damaged_environment_is_an_error_with_its_name(tmp_path, text):
    (tmp_path / "environment.json").write_text(text)
    with pytest.raises(RunFolderError, match=r"environment\.json is damaged: .*Put a copy of it back"):
        read_environment(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b"{}")[:-4], gzip.compress(b'{"schema": 1, "sets": [{}]}')],
    ids=["empty", "no gzip", "cut off", "a set without files"],
)
def test_damaged_sources_are_an_error_with_their_name(tmp_path, content):
    (tmp_path / "sources.json.gz").write_bytes(content)
    with pytest.raises(RunFolderError, match=r"sources\.json\.gz is damaged"):
        read_source_sets(tmp_path)


def test_a_newer_schema_is_refused_with_advice(tmp_path):
    write(tmp_path, [], schema=99)
    with pytest.raises(RunFolderError, match=r"has schema 99; this retorch reads schema 2\. Update retorch"):
        read_environment(tmp_path)


def test_reading_loads_no_torch():
    code = "import sys, retorch.runs._environment; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
