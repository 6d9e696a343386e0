"""What Python compiles is what was recorded."""

import importlib
import linecache
import os
import runpy
import subprocess
import sys
import traceback
from textwrap import dedent

import pytest

from retorch.replay._overlay import overlaid


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder on the module path; what was imported from it is forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_a_module_is_the_recorded_one_whatever_lies_on_the_disk(folder):
    (folder / "layers_here.py").write_text("WIDTH = 2\n")
    with overlaid({str(folder / "layers_here.py"): "WIDTH = 1\n"}):
        assert importlib.import_module("layers_here").WIDTH == 1


def test_a_module_that_has_gone_comes_back_and_so_does_a_package(folder):
    sources = {
        str(folder / "gone_module.py"): "from gone_package.part import VALUE\n",
        str(folder / "gone_package" / "__init__.py"): "from . import part\n",
        str(folder / "gone_package" / "part.py"): "VALUE = 3\n",
    }
    with overlaid(sources):
        module = importlib.import_module("gone_module")
    assert module.VALUE == 3
    assert module.__file__ == str(folder / "gone_module.py")


def test_a_package_that_is_new_does_not_hide_a_recorded_module(folder):
    (folder / "split_up").mkdir()
    (folder / "split_up" / "__init__.py").write_text("STATE = 'new'\n")
    with overlaid({str(folder / "split_up.py"): "STATE = 'recorded'\n"}):
        assert importlib.import_module("split_up").STATE == "recorded"


def test_an_earlier_entry_of_the_path_comes_first(folder, tmp_path_factory, monkeypatch):
    earlier = tmp_path_factory.mktemp("earlier")
    monkeypatch.syspath_prepend(earlier)
    (earlier / "named_twice.py").write_text("PLACE = 'earlier'\n")
    with overlaid({str(folder / "named_twice.py"): "PLACE = 'recorded'\n"}):
        assert importlib.import_module("named_twice").PLACE == "earlier"
    del sys.modules["named_twice"]


def test_a_namespace_package_on_the_disk_does_not_hide_what_was_a_package(folder):
    (folder / "bare").mkdir()
    with overlaid({str(folder / "bare" / "__init__.py"): "KIND = 'package'\n"}):
        assert importlib.import_module("bare").KIND == "package"


def test_bytecode_is_neither_used_nor_left(folder, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    file = folder / "compiled_before.py"
    file.write_text("VALUE = 'disk'\n")
    importlib.import_module("compiled_before")
    cached = {path: path.read_bytes() for path in (folder / "__pycache__").iterdir()}
    del sys.modules["compiled_before"]
    sources = {str(file): "VALUE = 'told'\n", str(folder / "never_compiled.py"): ""}
    with overlaid(sources):
        assert importlib.import_module("compiled_before").VALUE == "told"
        importlib.import_module("never_compiled")
    assert {path: path.read_bytes() for path in (folder / "__pycache__").iterdir()} == cached
    del sys.modules["compiled_before"]
    assert importlib.import_module("compiled_before").VALUE == "disk"


def test_inspect_and_tracebacks_show_the_recorded_lines(folder):
    import inspect

    file = folder / "failing_now.py"
    file.write_text("# one\n# two\n# three\n# four\n")
    with overlaid({str(file): "def fail():\n    raise ValueError('recorded')\n"}):
        module = importlib.import_module("failing_now")
        linecache.checkcache()
        assert inspect.getsource(module.fail) == "def fail():\n    raise ValueError('recorded')\n"
        with pytest.raises(ValueError, match="recorded") as caught:
            module.fail()
        assert "    raise ValueError('recorded')" in "".join(traceback.format_exception(caught.value))
    assert linecache.getline(str(file), 1) == "# one\n"


def test_a_class_whose_file_has_gone_shows_its_source(folder):
    import inspect

    with overlaid({str(folder / "vanished.py"): "class Net:\n    width = 3\n"}):
        assert inspect.getsource(importlib.import_module("vanished").Net) == "class Net:\n    width = 3\n"


def test_a_script_is_compiled_from_its_recorded_text_beside_its_data(folder):
    (folder / "numbers.txt").write_text("7")
    (folder / "script.py").write_text("raise SystemExit('the new one')\n")
    text = "from pathlib import Path\nread = (Path(__file__).parent / 'numbers.txt').read_text()\n"
    with overlaid({str(folder / "script.py"): text}):
        assert runpy.run_path(str(folder / "script.py"))["read"] == "7"


def test_a_name_that_is_not_normal_is_the_same_file(folder):
    (folder / "sub").mkdir()
    with overlaid({str(folder / "odd.py"): "VALUE = 5\n"}):
        assert runpy.run_path(f"{folder}/sub/../odd.py")["VALUE"] == 5


def test_a_declared_encoding_holds(folder):
    text = "# -*- coding: latin-1 -*-\nNAME = 'Jürgen'\n"
    with overlaid({str(folder / "latin.py"): text}):
        assert importlib.import_module("latin").NAME == "Jürgen"


def test_everything_is_as_before_afterwards(folder):
    from importlib.machinery import SourceFileLoader

    before = SourceFileLoader.get_data, SourceFileLoader.path_stats, list(sys.meta_path)
    with pytest.raises(KeyError), overlaid({str(folder / "x.py"): ""}):
        raise KeyError
    assert (SourceFileLoader.get_data, SourceFileLoader.path_stats, list(sys.meta_path)) == before


def test_spawned_processes_read_the_recorded_sources_too(tmp_path):
    script = """
        import multiprocessing, sys, helper_of_script

        def work(queue):
            queue.put(helper_of_script.VALUE)

        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            queue = context.Queue()
            process = context.Process(target=work, args=(queue,))
            process.start()
            print(queue.get(timeout=60))
            process.join()
    """
    sources = {str(tmp_path / "main_of_all.py"): dedent(script), str(tmp_path / "helper_of_script.py"): "VALUE = 11\n"}
    starter = f"""
        import sys
        from retorch.checks import Script
        from retorch.replay._overlay import overlaid
        with overlaid({sources!r}):
            Script("main_of_all.py", sys.argv[1:]).run()
    """
    for method in ("spawn", "forkserver", "fork"):
        done = subprocess.run(
            [sys.executable, "-c", dedent(starter), method],
            cwd=tmp_path, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.stdout, done.returncode) == ("11\n", 0), done.stderr
