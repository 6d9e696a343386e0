"""The user's own sources are kept as this process ran them: real files, imported in real processes."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import textwrap

import pytest

from retorch.recorder import _sources
from retorch.recorder._own_files import is_own
from retorch.recorder._sources import LARGEST_FILE, record_sources
from retorch.runs import RunFolder, RunInfo
from retorch.runs._environment import SOURCES_FILE, read_source_sets, read_sources

RECORD = """
from pathlib import Path
from retorch.recorder._sources import record_sources
from retorch.runs import RunFolder, RunInfo
def record(path):
    with RunFolder.create_or_open(path, RunInfo.new(seed=1, threads=1)) as folder:
        record_sources(folder)
"""


@pytest.fixture
def project(tmp_path):
    """A script and a module of its own, in a folder."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "layers.py").write_text("WIDTH = 3\n")
    (project / "train.py").write_text(f"import layers, sklearn, json\n{RECORD}record({str(tmp_path / 'run')!r})\n")
    return project


def start(*words, cwd, code=0, **extra):
    done = subprocess.run(
        [sys.executable, *map(str, words)], cwd=cwd, capture_output=True, text=True, env={**os.environ, **extra}
    )
    assert done.returncode == code, done.stderr
    return done


def test_the_script_and_its_module_are_kept_from_wherever_it_was_started(project, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    start(project / "train.py", cwd=tmp_path / "elsewhere")
    [kept] = read_source_sets(tmp_path / "run")
    assert kept.script == str(project / "train.py")
    assert kept.files == {str(file): file.read_text() for file in (project / "train.py", project / "layers.py")}
    assert kept.late == ()
    assert kept.left_out == {}


def test_a_module_that_pythonpath_finds_is_the_users_own(project, tmp_path):
    (tmp_path / "shared").mkdir()
    (project / "layers.py").rename(tmp_path / "shared" / "layers.py")
    start("train.py", cwd=project, PYTHONPATH=str(tmp_path / "shared"))
    assert str(tmp_path / "shared" / "layers.py") in read_sources(tmp_path / "run")


def test_a_start_after_an_edit_makes_a_new_set_and_one_without_an_edit_writes_nothing(project, tmp_path):
    start("train.py", cwd=project)
    before = (tmp_path / "run" / SOURCES_FILE).stat().st_mtime_ns
    start("train.py", cwd=project)
    assert (tmp_path / "run" / SOURCES_FILE).stat().st_mtime_ns == before
    (project / "layers.py").write_text("WIDTH = 44\n")
    start("train.py", cwd=project)
    sets = read_source_sets(tmp_path / "run")
    assert [one.files[str(project / "layers.py")] for one in sets] == ["WIDTH = 3\n", "WIDTH = 44\n"]
    assert read_sources(tmp_path / "run")[str(project / "layers.py")] == "WIDTH = 44\n"
    texts = json.loads(gzip.decompress((tmp_path / "run" / SOURCES_FILE).read_bytes()))["texts"]
    assert len(texts) == 3  # the script's is kept once


def test_an_edit_during_the_run_is_no_part_of_it_and_a_late_import_is(project, tmp_path):
    (project / "late.py").write_text("DEPTH = 2\n")
    (project / "train.py").write_text(
        f"import layers\n{RECORD}"
        + textwrap.dedent(f"""
            record({str(tmp_path / "run")!r})
            Path(layers.__file__).write_text("WIDTH = 5  # edited while it ran\\n")
            import late
            record({str(tmp_path / "run")!r})
        """)
    )
    start("train.py", cwd=project)
    [kept] = read_source_sets(tmp_path / "run")
    assert kept.files[str(project / "layers.py")] == "WIDTH = 3\n"
    assert kept.files[str(project / "late.py")] == "DEPTH = 2\n"


def test_a_file_younger_than_the_process_is_noted(project, tmp_path):
    (project / "train.py").write_text(
        f"import time, os, sys\n{RECORD}"
        f"os.utime(__file__, (time.time() + 5, time.time() + 5))\nrecord({str(tmp_path / 'run')!r})\n"
    )
    start("train.py", cwd=project)
    assert read_source_sets(tmp_path / "run")[0].late == (str(project / "train.py"),)


def test_a_reloaded_module_is_read_again(project, tmp_path):
    (project / "train.py").write_text(
        f"import importlib, layers\n{RECORD}"
        + textwrap.dedent(f"""
            record({str(tmp_path / "run")!r})
            Path(layers.__file__).write_text("WIDTH = 555\\n")
            importlib.reload(layers)
            record({str(tmp_path / "run")!r})
        """)
    )
    start("train.py", cwd=project)
    assert [one.files[str(project / "layers.py")] for one in read_source_sets(tmp_path / "run")] == [
        "WIDTH = 3\n",
        "WIDTH = 555\n",
    ]


def test_words_behind_c_are_kept_and_standard_input_is_named(tmp_path):
    code = f"{RECORD}record({str(tmp_path / 'run')!r})"
    start("-c", code, cwd=tmp_path)
    assert read_sources(tmp_path / "run") == {"<string>": code}
    subprocess.run(
        [sys.executable, "-"],
        input=code.replace("run'", "other'"),
        cwd=tmp_path,
        check=True,
        text=True,
    )
    [kept] = read_source_sets(tmp_path / "other")
    assert kept.files == {}
    assert "read from standard input" in kept.left_out["<stdin>"]


def test_a_notebooks_cells_are_kept_and_grow_in_their_set(folder, monkeypatch):
    main = sys.modules["__main__"]
    monkeypatch.delattr(main, "__file__", raising=False)  # a worker of pytest-xdist has none
    monkeypatch.setattr(main, "In", ["", "import torch", "net = 1"], raising=False)
    record_sources(folder)
    main.In.append("train(net)")
    record_sources(folder)
    [kept] = read_source_sets(folder.path)
    assert kept.files["<notebook>"] == "# In [1]\nimport torch\n\n# In [2]\nnet = 1\n\n# In [3]\ntrain(net)\n\n"


def loaded(monkeypatch, path, name="of_the_user"):
    module = type(sys)(name)
    module.__file__ = str(path)
    monkeypatch.setitem(sys.modules, name, module)


def test_a_large_file_a_compiled_one_and_a_missing_one_are_named(folder, tmp_path, monkeypatch):
    files = {"large.py": b"#" * (LARGEST_FILE + 1), "fast.so": b"\x7fELF", "odd.py": b"\xff\xfe = 1"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        loaded(monkeypatch, tmp_path / name, name)
    loaded(monkeypatch, tmp_path / "gone.py", "gone")
    record_sources(folder)
    [kept] = read_source_sets(folder.path)
    why = {os.path.basename(file): why for file, why in kept.left_out.items()}
    assert why["large.py"].startswith("larger than 2 MiB, fingerprint ")
    assert why["fast.so"].startswith("compiled, without its source, fingerprint ")
    assert why["odd.py"].startswith("no text, fingerprint ")
    assert why["gone.py"] == "cannot be read: No such file or directory"


def test_the_room_for_all_files_is_bounded(folder, tmp_path, monkeypatch):
    others = sum(len(text.encode()) for text in _sources.own_sources().texts())
    monkeypatch.setattr(_sources, "LARGEST_SET", others + 1_500)
    for number in range(2):
        (tmp_path / f"m{number}.py").write_text("#" * 1_000)
        loaded(monkeypatch, tmp_path / f"m{number}.py", f"m{number}")
    record_sources(folder)
    [kept] = read_source_sets(folder.path)
    assert str(tmp_path / "m0.py") in kept.files
    assert kept.left_out[str(tmp_path / "m1.py")].startswith("the other files fill the room")


def test_a_declared_encoding_is_read_as_python_reads_it(folder, tmp_path, monkeypatch):
    (tmp_path / "old.py").write_bytes("# coding: latin-1\r\nname = 'é'\r\n".encode("latin-1"))
    loaded(monkeypatch, tmp_path / "old.py")
    record_sources(folder)
    assert read_sources(folder.path)[str(tmp_path / "old.py")] == "# coding: latin-1\nname = 'é'\n"


def test_a_module_that_computes_its_attributes_is_not_asked(folder, monkeypatch):
    class Lazy(type(sys)):
        def __getattr__(self, name):
            raise AssertionError(name)

    monkeypatch.setitem(sys.modules, "lazy", Lazy("lazy"))
    monkeypatch.setitem(sys.modules, "nothing", None)
    record_sources(folder)
    assert read_source_sets(folder.path) == read_source_sets(folder.path)


def test_installed_files_are_not_the_users():
    import numpy as np
    import torch

    import retorch

    for module in (np, torch, retorch, json, os, pytest):
        assert not is_own(module.__file__), module
    assert not is_own("<frozen os>")
    assert is_own(__file__)


def test_a_recipe_of_ours_is_not_kept_and_its_copy_is(tmp_path):
    from retorch.recipes import copy

    copy("digits", tmp_path / "mine.py")
    code = f"{RECORD}from retorch.recipes import load_recipe\nload_recipe(NAME)\nrecord({str(tmp_path / 'run')!r})"
    for name, expected in (("digits", set()), (str(tmp_path / "mine.py"), {str(tmp_path / "mine.py")})):
        start("-c", code.replace("NAME", repr(name)), cwd=tmp_path)
        assert {file for file in read_sources(tmp_path / "run") if os.path.isabs(file)} == expected


def test_damaged_sources_are_kept_aside_with_a_notice(folder):
    (folder.path / SOURCES_FILE).write_bytes(b"\x1f\x8b no")
    with pytest.warns(UserWarning, match=r"sources.json.gz was damaged; it was kept as sources.damaged.json.gz"):
        record_sources(folder)
    assert len(read_source_sets(folder.path)) == 1


def test_a_run_can_be_read_that_has_no_sources(tmp_path):
    with RunFolder.create_or_open(tmp_path / "run", RunInfo.new(seed=7, threads=2)):
        pass
    assert read_sources(tmp_path / "run") == {}
