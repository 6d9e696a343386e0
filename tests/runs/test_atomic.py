"""A file that is written atomically is the old one or the new one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from retorch.runs import write_atomically

FULL_DISK = """
import resource, sys
from retorch.runs import write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
write_atomically(sys.argv[1], b"n" * 1000)
"""


def test_the_new_content_replaces_the_old(tmp_path):
    for content in (b"old", b"", b"new" * 100_000):
        write_atomically(tmp_path / "file", content)
        assert (tmp_path / "file").read_bytes() == content
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_full_disk_leaves_the_old_content_and_no_rest(tmp_path):
    write_atomically(tmp_path / "file", b"old")
    done = subprocess.run([sys.executable, "-c", FULL_DISK, tmp_path / "file"], check=False, capture_output=True)
    assert b"File too large" in done.stderr
    assert (tmp_path / "file").read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_missing_folder_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "none" / "file", b"")
