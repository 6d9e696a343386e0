"""A script under the checker runs as `python script.py` runs it."""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch

from retorch.checks import Script, check_script
from retorch.errors import UsageError

MISTAKES = Path(__file__).parents[1] / "mistakes"
# What a script can ask about how it was started.
ASKING = """
import json, os, pickle, sys
import __main__
from helper import where
class Mine: pass
seen = dict(
    argv=sys.argv, path=sys.path[0], name=__name__, file=__file__, package=__package__, doc=__doc__, where=where,
    spec=__spec__ and __spec__.name, main=__main__.__file__, mine=__main__.Mine is Mine,
    pickled=type(pickle.loads(pickle.dumps(Mine()))) is Mine, hook=sys.excepthook is sys.__excepthook__,
)
print(json.dumps(seen))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    for place in (tmp_path, package):
        (place / "helper.py").write_text("where = __name__ + ' ' + __file__")
    (tmp_path / "train.py").write_text(f'"""Train."""{ASKING}')
    (package / "train.py").write_text(f'"""Train."""{ASKING.replace("from helper", "from .helper")}')
    (package / "alone.py").write_text(f'"""Train."""{ASKING}')
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in {"helper", "package"}:
            del sys.modules[name]


@pytest.mark.parametrize(
    "words",
    [
        ["train.py", "--epochs", "3", "-m", "x"],
        ["./train.py"],
        ["package/alone.py", "--", "y"],
        ["-m", "package.train", "--lr", "0.1"],
    ],
)
def test_a_script_finds_what_python_shows_it(folder, capsys, words):
    plain = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True)
    is_module = words[0] == "-m"
    target, *arguments = words[is_module:]
    before = sys.argv, sys.path, sys.modules["__main__"]
    checked = check_script(Script(target, arguments, is_module=is_module))
    assert checked.error is None
    assert json.loads(capsys.readouterr().out) == json.loads(plain.stdout)
    assert (sys.argv, sys.path, sys.modules["__main__"]) == before


def run(folder, source, **options):
    (folder / "mine.py").write_text(source)
    return check_script(Script("mine.py"), **options)


@pytest.mark.parametrize("end", ["raise SystemExit(3)", "raise KeyboardInterrupt", "raise ValueError('x')", "def"])
def test_what_leaves_a_script_is_told(folder, end):
    error = run(folder, end).error
    assert type(error).__name__ in end or isinstance(error, SyntaxError)


def test_what_the_script_replaces_is_put_back(folder):
    before = sys.stdout, sys.stderr, sys.argv
    run(folder, "import io, sys\nsys.stdout = sys.stderr = io.StringIO()\nsys.argv = ['x']\nprint('heard by nobody')")
    assert (sys.stdout, sys.stderr, sys.argv) == before


def test_an_error_of_torch_is_explained_in_the_first_steps_and_where_shapes_are_new(folder):
    source = (
        "import torch\nmodel = torch.nn.Linear(4, 2)\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "for size in {sizes}:\n    optimizer.zero_grad()\n    model(torch.ones(size, 4)).view(8, 2).sum().backward()\n"
        "    optimizer.step()\n"
    )
    for sizes in ([8, 5], [8] * 20 + [5]):
        error = run(folder, source.format(sizes=sizes)).error
        assert "mine.py:6: model(torch.ones(size, 4)).view(8, 2)" in error.__notes__[0]


def test_findings_that_need_the_end_are_made_while_the_script_still_has_its_objects(folder):
    """A wrong script of the collection, run as a script."""
    mistake = MISTAKES / "best-weights-follow-the-training" / "wrong_kept_in_a_loop.py"
    findings = run(folder, mistake.read_text()).findings
    assert [finding.rule for finding in findings.errors] == ["best-weights-follow-the-training"]
    assert findings.errors[0].file == "mine.py"


def test_only_selected_checks_are_asked(folder):
    assert not run(folder, "pass", select=["training-in-eval-mode"]).findings


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (Script("nothing.py"), "there is no script 'nothing.py'"),
        (Script("package"), "package is a folder; name the script in it"),
        (Script("nowhere.train", is_module=True), "there is no module 'nowhere.train'"),
    ],
)
def test_what_is_not_there_is_wrong_use(folder, script, words):
    with pytest.raises(UsageError, match=words):
        check_script(script)


def test_an_error_of_retorch_in_the_script_is_the_scripts(folder):
    checked = run(folder, "import retorch\nretorch.load('nothing')")
    assert type(checked.error).__name__ == "CheckpointNotFound"


def test_loaders_with_workers_and_models_of_main_can_be_used(folder):
    checked = run(
        folder,
        "import torch\nfrom torch.utils.data import DataLoader, TensorDataset\n"
        "class Net(torch.nn.Linear): pass\n"
        "torch.save(Net(2, 2), 'net.pt')\n"
        "assert isinstance(torch.load('net.pt', weights_only=False), Net)\n"
        "data = TensorDataset(torch.ones(4, 2))\n"
        "assert len(list(DataLoader(data, num_workers=1, multiprocessing_context='fork'))) == 4\n",
    )
    assert checked.error is None


def test_a_forked_child_of_the_script_is_not_watched(folder):
    source = (
        "import os, torch\nfrom retorch.checks import _checker\nchild = os.fork()\nif child == 0:\n"
        "    os._exit(any(checker.scene.is_here() for checker in _checker._OPEN))\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0\n"
    )
    assert run(folder, source).error is None


def test_bits_are_those_of_the_plain_script(folder):
    source = (
        "import torch, sys\ntorch.manual_seed(1)\nmodel = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Dropout())\n"
        "optimizer = torch.optim.Adam(model.parameters())\nfor _ in range(6):\n    optimizer.zero_grad()\n"
        "    model(torch.randn(3, 4)).square().sum().backward()\n    optimizer.step()\n"
        "torch.save(model.state_dict(), 'weights.pt')\n"
    )
    with torch.random.fork_rng():
        assert run(folder, source).error is None
    checked = torch.load("weights.pt")
    subprocess.run([sys.executable, "mine.py"], check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    plain = torch.load("weights.pt")
    assert all(torch.equal(plain[name], checked[name]) for name in plain)


def test_a_warning_of_torch_names_the_line_of_the_script(folder):
    source = "import torch\nvalue = torch.ones(1, requires_grad=True)\nfloat(value * 2)\n"
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        run(folder, source)
    [warning] = told
    assert (Path(warning.filename).name, warning.lineno) == ("mine.py", 3)
