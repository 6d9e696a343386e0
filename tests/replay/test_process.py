"""A recorded run, started again in a child process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from retorch.errors import RunError
from retorch.replay._command import start_again
from retorch.replay._operations import read_trace
from retorch.replay._process import _variables, replay
from retorch.runs import RunInfo, read_entries, read_record_facts, read_states

HEAD = """
    import os, sys, torch, retorch
    from parts_of_it import build, data
    retorch.seed_everything(3)
    model, optimizer = build()
"""

RUN = (
    HEAD
    + """
    run = retorch.Run(sys.argv[1], model=model, optimizer=optimizer, threads=1, checkpoint_steps=5,
                      checkpoint_seconds=None, keep_last=3, record_every=4)
    for epoch in run.epochs(4):
        for inputs in run.steps(data):
            loss = model(inputs).square().mean()
            optimizer.zero_grad(); loss.backward(); optimizer.step()
            run.log(loss=loss)
"""
)

PARTS = """
    import torch
    data = [torch.randn(8, 4, generator=torch.Generator().manual_seed(i)) for i in range(6)]

    def build():
        model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(0.3), torch.nn.Linear(8, 1))
        return model, torch.optim.Adam(model.parameters(), lr=0.01)
"""

RECORDING = (
    HEAD
    + """
    with retorch.recording(sys.argv[1], model, optimizer):
        for epoch in range(4):
            for inputs in data:
                optimizer.zero_grad()
                model(inputs).square().mean().backward()
                optimizer.step()
"""
)

STUBBORN = (
    HEAD
    + """
    run = retorch.Run(sys.argv[1], model=model, optimizer=optimizer, threads=1)
    try:
        try:
            for epoch in run.epochs(4):
                for inputs in run.steps(data):
                    loss = model(inputs).square().mean()
                    optimizer.zero_grad(); loss.backward(); optimizer.step()
        except Exception:
            print("held")
        finally:
            print("at last", run.step)
            if os.path.exists("broken"):
                raise OSError("of the finally")
    finally:
        sys.exit(3 if run.step < 24 else 0)
"""
)


def write(folder, **scripts):
    for name, text in scripts.items():
        (folder / f"{name}.py").write_text(dedent(text))


def python(folder, *words, code=0, **variables):
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env={**os.environ, "OMP_NUM_THREADS": "1", **variables},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with scripts and their runs."""
    folder = tmp_path_factory.mktemp("home")
    write(folder, parts_of_it=PARTS, run=RUN, recording=RECORDING, stubborn=STUBBORN)
    for script in ("run", "recording", "stubborn"):
        python(folder, f"{script}.py", f"runs/{script}")
    return folder


def entries(run, first, end):
    return read_entries(run, first, end).words.tolist()


@pytest.mark.parametrize(("script", "until", "first"), [("run", 18, 15), ("run", 3, 0), ("recording", 7, 0)])
def test_steps_done_again_are_the_same_and_recorded_in_full(home, script, until, first):
    run = home / "runs" / script
    with replay(run, until=until) as again:
        assert (again.first, again.reached) == (first, until)
        assert read_record_facts(again.record).level == "full"
        assert entries(again.record, first, until) == entries(run, first, until)
        stages = {state.stage for state in read_states(again.record) if state.step == until - 1}
        assert {"forward", "backward", "optimizer"} <= stages
        folder = again.record.parent
    assert not folder.exists()


def test_it_ends_cleanly_whatever_the_script_does_about_it(home):
    (home / "broken").touch()
    try:
        with replay(home / "runs" / "stubborn", until=4) as again:
            assert "at last 4" in again.log.read_text()
            assert "held" not in again.log.read_text()
    finally:
        (home / "broken").unlink()


def test_a_trace_has_the_wanted_steps_and_the_captured_operation(home):
    with replay(home / "runs" / "run", until=18, trace=range(16, 18), capture=frozenset({5})) as again:
        trace = read_trace(again.trace)
        assert {operation.step for operation in trace.operations} == {16, 17}
        assert len(list(again.captured.iterdir())) == 1
        assert any(operation.place and operation.place.file == str(home / "run.py") for operation in trace.operations)


def test_the_recorded_sources_run_whatever_the_files_say_now(home, tmp_path):
    write(tmp_path, parts_of_it=PARTS, run=RUN)
    python(tmp_path, "run.py", "run")
    write(tmp_path, parts_of_it="raise SystemExit('the file of today')", run=RUN.replace("square", "abs"))
    with replay(tmp_path / "run", until=9) as again:
        assert entries(again.record, 0, 9) == entries(tmp_path / "run", 0, 9)
    (tmp_path / "parts_of_it.py").unlink()
    (tmp_path / "run.py").unlink()
    with replay(tmp_path / "run", until=9) as again:
        assert entries(again.record, 0, 9) == entries(tmp_path / "run", 0, 9)


@pytest.mark.long
def test_the_files_of_today_run_where_they_are_wanted(home, tmp_path):
    write(tmp_path, parts_of_it=PARTS, run=RUN)
    python(tmp_path, "run.py", "run")
    write(tmp_path, run=RUN.replace("square", "abs"))
    with replay(tmp_path / "run", until=2, recorded_sources=False) as again:
        batch, loss = 1, 4
        there, here = np.array(entries(again.record, 0, 1)[0]), np.array(entries(tmp_path / "run", 0, 1)[0])
        assert (there[batch] == here[batch], there[loss] == here[loss]) == (True, False)


def test_environment_variables_are_those_that_were_recorded(home, tmp_path, monkeypatch):
    write(tmp_path, parts_of_it=PARTS, run=RUN.replace(
        "run = retorch", "print({k: os.environ.get(k) for k in ('PYTHONHASHSEED', 'MKL_CBWR', 'MINE')}, hash('a'))\n"
                         "    run = retorch"))  # fmt: skip
    told = python(tmp_path, "run.py", "run", PYTHONHASHSEED="7", MINE="now").stdout
    monkeypatch.setenv("PYTHONHASHSEED", "8")
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    monkeypatch.setenv("MINE", "now")
    with replay(tmp_path / "run", until=2) as again:
        assert again.log.read_text() == told


@pytest.mark.parametrize(("now", "given"), [("mine:ours", "mine:ours"), ("new", "mine:ours:new"), ("", "mine:ours")])
def test_todays_module_path_stands_behind_the_recorded_one(monkeypatch, now, given):
    monkeypatch.setenv("PYTHONPATH", now)
    assert _variables({"variables": {"PYTHONPATH": "mine:ours"}})["PYTHONPATH"] == given


@pytest.mark.long
def test_a_module_of_a_package_is_started_as_one_with_its_arguments(tmp_path):
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").write_text("")
    write(package, parts_of_it=PARTS, train=RUN.replace("from parts", "from .parts")
          + "    print(__name__, sys.argv[2:], sys.orig_argv[1:])\n")  # fmt: skip
    told = python(tmp_path, "-O", "-m", "mine.train", "run", "--word", "a b").stdout
    assert told == "__main__ ['--word', 'a b'] ['-O', '-m', 'mine.train', 'run', '--word', 'a b']\n"
    write(
        package,
        train=RUN.replace("from parts", "from .parts").replace(
            "        loss = ", "        assert not __debug__ or 1/0\n            loss = "
        ),
    )
    for current in (False, True):
        with replay(tmp_path / "run", until=9, recorded_sources=not current) as again:
            assert entries(again.record, 0, 9) == entries(tmp_path / "run", 0, 9)


@pytest.mark.long
def test_the_other_runs_of_a_script_are_left_alone(home, tmp_path):
    write(tmp_path, parts_of_it=PARTS, run=RUN, both="""
        import sys
        for name in ("first", "second"):
            sys.argv[1:] = [name]
            exec(open("run.py").read())
    """)  # fmt: skip
    python(tmp_path, "both.py")
    before = (tmp_path / "second" / "metrics.sqlite").read_bytes()
    with replay(tmp_path / "first", until=9) as again:
        assert again.reached == 9
    assert (tmp_path / "second" / "metrics.sqlite").read_bytes() == before


def test_a_script_that_fails_is_shown_with_its_last_lines(home, tmp_path):
    write(tmp_path, parts_of_it=PARTS, run=RUN)
    python(tmp_path, "run.py", "run")
    write(tmp_path, run=RUN.replace("    loss = ", "    assert run.step < 1, 'no data'\n            loss = "))
    with pytest.raises(RunError) as failed, replay(tmp_path / "run", until=9, recorded_sources=False):
        pass
    assert "was done again, and its script failed" in str(failed.value)
    assert "AssertionError: no data" in str(failed.value)
    assert 'run.py", line' in str(failed.value)


def test_steps_beyond_the_end_are_refused(home):
    with (
        pytest.raises(RunError, match=r"ended after 24 steps, before step 30"),
        replay(home / "runs" / "run", until=30),
    ):
        pass


SLEEPY = """
    import subprocess, sys, time
    from pathlib import Path
    if Path("again").exists():
        subprocess.Popen([sys.executable, "-c", "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(600)"])
        time.sleep(600)
"""


def is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def waited_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


@pytest.fixture
def sleepy(home, tmp_path):
    write(tmp_path, parts_of_it=PARTS, run=SLEEPY + RUN)
    python(tmp_path, "run.py", "run")
    (tmp_path / "again").touch()
    return tmp_path


@pytest.mark.long
def test_what_takes_too_long_is_killed_with_all_that_it_started(sleepy):
    with pytest.raises(RunError, match=r"more than 8 seconds"), replay(sleepy / "run", until=3, timeout_s=8):
        pass
    pid = waited_for(lambda: (sleepy / "pid").exists() and (sleepy / "pid").read_text())
    assert waited_for(lambda: not is_alive(pid))


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_it_ends_when_the_parent_does(sleepy, number):
    program = f"""if True:
        from retorch.replay._process import replay
        with replay({str(sleepy / "run")!r}, until=3): pass
    """
    parent = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
    children = waited_for(lambda: (sleepy / "pid").exists() and (sleepy / "pid").read_text())
    child = Path(f"/proc/{children}/stat").read_text().rpartition(")")[2].split()[1]
    parent.send_signal(number)
    parent.wait(60)
    assert waited_for(lambda: not is_alive(child))


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ((".../ipykernel_launcher.py", "-f", "x.json"), "was made in a notebook"),
        (("-c",), "typed into the interpreter"),
        (("",), "typed into the interpreter"),
        (("-",), "typed into the interpreter"),
        (("gone.py",), "which is not there any more, and its text was not recorded"),
    ],
)
def test_what_cannot_be_started_again_is_said(tmp_path, argv, message):
    info = info_of(argv, tmp_path)
    with pytest.raises(RunError, match=message):
        start_again(tmp_path / "run", info, tmp_path, {})


def info_of(argv, cwd):
    info = RunInfo.new(seed=3, threads=1)
    return info.changed(command={"argv": argv, "cwd": str(cwd), "recipe": None})


def test_a_script_that_went_elsewhere_is_found_where_it_was_typed(tmp_path):
    home = tmp_path / "home"
    (home / "outputs").mkdir(parents=True)
    start = start_again(home, info_of(("sub/train.py",), home / "outputs"), home, {str(home / "sub" / "train.py"): ""})
    assert (start.target, start.cwd) == ("sub/train.py", str(home))
